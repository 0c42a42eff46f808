"""Lines of sketches: what is a reading, what is refused, and that nothing is guessed."""

import pytest

from drivers.kit.contract import Decoded, DecodeError, ErrorKind, Frame, Reading
from drivers.serial_lines import Options, decoder


def decode(text: str | bytes, options: Options | None = None) -> Decoded:
    payload = text.encode() if isinstance(text, str) else text
    return decoder(options or Options())(Frame(1, "bed", payload))


def values(decoded: Decoded) -> dict[str, float]:
    return {item.quantity: item.value for item in decoded if isinstance(item, Reading)}


def kinds(decoded: Decoded) -> list[ErrorKind]:
    return [item.kind for item in decoded if isinstance(item, DecodeError)]


def test_fields_are_named_scaled_and_checked() -> None:
    options = Options(fields={"g": "bed_load_kg", "t": "room_temperature_c"}, scale={"g": 0.001})
    assert decode('{"g":71400,"t":99,"rssi":-70}\n', options) == [
        Reading(1, "bed", "bed_load_kg", 71.4),
        Reading(1, "bed", "room_temperature_c", 99.0, suspect=True),
        Reading(1, "bed", "rssi", -70.0),
    ]


def test_json_yes_and_no_are_numbers_words_and_null_are_none() -> None:
    assert values(decode('{"mat":true,"door":false,"room":"K","kg":"71","t":null,"x":{"y":1}}\n')) == {
        "mat": 1,
        "door": 0,
    }


def test_number_in_quotation_marks_or_in_an_object_counts_under_a_name_of_fields_and_is_refused_by_name_otherwise() -> (
    None
):
    text = '{"kg":"71.4","bed":{"kg":70,"on":true,"who":{"t":"21"}}}\n'
    fields = {"kg": "weight_kg", "bed.kg": "bed_load_kg", "bed.on": "in_bed", "bed.who.t": "room_temperature_c"}
    assert values(decode(text, Options(fields=fields))) == {
        "weight_kg": 71.4, "bed_load_kg": 70, "in_bed": 1, "room_temperature_c": 21,
    }  # fmt: skip
    decoded = decode(text)
    assert values(decoded) == {}
    assert [item.reason.split(" ")[:3] for item in decoded if isinstance(item, DecodeError)] == [
        ["kg", "is", "text,"], ["bed.kg", "is", "inside"], ["bed.on", "is", "inside"], ["bed.who.t", "is", "text,"],
    ]  # fmt: skip


def test_true_and_false_are_1_and_0_in_every_form() -> None:
    assert values(decode("presence=true door=FALSE\n")) == {"presence": 1, "door": 0}
    assert values(decode("true,false\n", Options(columns=("presence", "door")))) == {}, "a line without a number"
    assert values(decode("true,1\n", Options(columns=("presence", "door")))) == {"presence": 1, "door": 1}


@pytest.mark.parametrize(
    "line",
    [
        "42", '"x"', "[1]", '{"t":NaN}', '{"t":-Infinity}', '{"t":21,5}', '{"t":٢١}', '{"t":1_0}', "{" * 200,
        '{"t":1} x', "hello", "21,5", "t=21,5", "ets Jan  8 2013,rst cause:2", "t=1 x", "=5", "ü=5",
    ],
)  # fmt: skip
def test_no_record(line: str) -> None:
    decoded = decode(line + "\n")
    assert (values(decoded), kinds(decoded)) == ({}, [ErrorKind.FORMAT])


@pytest.mark.parametrize(
    "line", ['{"t":1e999,"u":1}', '{"t":' + "9" * 400 + ',"u":1}', "t=1e999 u=1", "t=nan u=1", "t=inf u=1", "t=ovf u=1"]
)
def test_one_impossible_number_does_not_cost_the_others(line: str) -> None:
    decoded = decode(line + "\n")
    assert values(decoded) == {"u": 1}
    assert kinds(decoded) == [ErrorKind.VALUE]
    assert decoded[0] == DecodeError(1, "bed", ErrorKind.VALUE, "t is not a finite number")


@pytest.mark.parametrize("value", ["1_0", "٢١", "0x10", "1e", "1.", "--1", "1 000", "5" * 400])
def test_numbers_are_ascii_and_whole(value: str) -> None:
    decoded = decode(f"t={value}\n", Options(fields={"t": "room_temperature_c"}))
    assert values(decoded) == {}
    assert len(kinds(decoded)) == 1


def test_latin_1_is_refused_and_the_next_line_read() -> None:
    decoded = decode('{"room":"Küche","t":1}\n'.encode("latin-1") + b'{"t":2}\n')
    assert (values(decoded), kinds(decoded)) == ({"t": 2}, [ErrorKind.FORMAT])


def test_key_value_with_other_separators_and_a_key_twice() -> None:
    assert values(decode("a=1, b=2;c=-3e1 a=4\n")) == {"a": 4, "b": 2, "c": -30}


def test_csv_takes_its_columns_from_a_header_line() -> None:
    assert decode("bed_kg,t\n71.4,21.5\n") == [Reading(1, "bed", "bed_kg", 71.4), Reading(1, "bed", "t", 21.5)]


def test_csv_with_columns_from_the_configuration_doubts_the_first_value_after_opening() -> None:
    decoded = decode("1.4,20\n71.4,20\n7,1,4\n", Options(format="csv", columns=("kg", "t")))
    assert decoded[:4] == [
        Reading(1, "bed", "kg", 1.4, suspect=True),
        Reading(1, "bed", "t", 20.0),
        Reading(1, "bed", "kg", 71.4),
        Reading(1, "bed", "t", 20.0),
    ]
    assert kinds(decoded) == [ErrorKind.FORMAT]


def test_empty_and_word_cells_are_no_readings() -> None:
    assert values(decode("71.4,,ok\n", Options(columns=("kg", "t", "note")))) == {"kg": 71.4}


def test_event_said_every_second_is_one_event() -> None:
    options = Options(fields={"pir": "motion"})
    decoded = decode("pir=0\npir=1\npir=1\npir=0\npir=1\n", options)
    assert [item.stale for item in decoded if isinstance(item, Reading)] == [False, False, True, False, False]


def test_event_that_is_never_taken_back_is_news_each_time() -> None:
    decoded = decode("pir=1\npir=1\n", Options(fields={"pir": "motion"}))
    assert [item.stale for item in decoded if isinstance(item, Reading)] == [False, False]


def test_help_button_that_is_held_is_one_press_and_one_pressed_later_another() -> None:
    decode_, told = decoder(Options(fields={"key": "sos"})), []
    for second in (*range(0, 300, 5), 600):
        told += [item.stale for item in decode_(Frame(second * 10**9, "key", b"key=1\n")) if isinstance(item, Reading)]
    assert told == [False, *[True] * 59, False]


@pytest.mark.parametrize("name", ['"\\ud800"', '"a\\nb"', '""', '"' + "n" * 65 + '"'])
def test_names_that_would_break_a_log_or_a_tag_do_not_travel(name: str) -> None:
    decoded = decode(f"{{{name}:1}}\n")
    assert (values(decoded), kinds(decoded)) == ({}, [ErrorKind.VALUE])


def test_unknown_quantity_is_a_configuration_error() -> None:
    with pytest.raises(ValueError, match="'bed_kg' is not a quantity"):
        Options(fields={"kg": "bed_kg"})
