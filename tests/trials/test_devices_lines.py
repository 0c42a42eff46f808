"""What boards printed on a serial line that came out wrong."""

from drivers.kit.contract import Frame, Reading
from drivers.serial_lines import Options, decoder
from tests.trials import cases


def decoded(case: str, options: Options) -> list[tuple[object, ...]]:
    decode = decoder(options)
    lines = (text.replace("\\n", "\n") for text in cases.inputs()[case]["input"])
    items = [item for line in lines for item in decode(Frame(1, "bed", line.encode()))]
    return [(i.quantity, i.value) if isinstance(i, Reading) else (i.kind, i.reason.split(";")[0]) for i in items]


def test_true_is_1_in_key_value_pairs() -> None:
    assert decoded("kv-true", Options(fields={"presence": "presence"})) == [("presence", 1)]


def test_number_in_quotation_marks_counts_where_it_is_named() -> None:
    assert decoded("json-quoted-number", Options(fields={"kg": "bed_load_kg"})) == [("bed_load_kg", 71.4)]
    assert decoded("json-quoted-number", Options()) == [("value", "kg is text, not a number")]


def test_number_in_an_object_counts_where_it_is_named() -> None:
    assert decoded("json-nested", Options(fields={"bed.kg": "bed_load_kg"})) == [("bed_load_kg", 71.4)]
    assert decoded("json-nested", Options()) == [("value", "bed.kg is inside an object")]
