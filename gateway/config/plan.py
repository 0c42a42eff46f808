"""The schema of plan.toml: contacts, routing, consent, household.

The family's file: plan.toml. Who is told what, who lives there, and which days are not the person's own.

Decided by the person at home and the people around them.

Without a plan every notifier of the installer's file is told everything, and `kinlight check` says so.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from gateway.config.household import CarerRow, Household, PeriodRow, crossed
from gateway.config.identifiers import identifier
from gateway.config.plugins import nearest
from gateway.config.toml_file import ConfigError, Where, at, faults_of, read_toml
from gateway.model.alert import Alert
from rules.core.declared import Declared
from rules.terms.finding import AlertKind, Priority

_ORDER = (Priority.LOW, Priority.MEDIUM, Priority.HIGH)


class Contact(BaseModel):
    """Somebody who is told, by one notifier."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, AfterValidator(identifier)]  # a role the family knows, "daughter"; no surname needed
    notifier: str
    kinds: tuple[AlertKind, ...] = (AlertKind.PERSONAL,)
    at_least: Priority = Priority.LOW

    def wants(self, alert: Alert) -> bool:
        """Whether this alert is for them. That nobody can be seen at all concerns everybody."""
        return self.hears(alert.finding.kind, alert.finding.priority)

    def hears(self, kind: AlertKind, priority: Priority) -> bool:
        """Whether alerts of a kind and a priority are for them."""
        blind = kind is AlertKind.TECHNICAL and priority is Priority.HIGH
        return (blind or kind in self.kinds) and _ORDER.index(priority) >= _ORDER.index(self.at_least)


class Agreement(BaseModel):
    """That the person at home was asked, and what they said."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    asked: Literal["yes", "best-interests", "not-yet"] = "not-yet"
    words: str = Field("", max_length=2000)


class Forward(BaseModel):
    """What the person lets leave the home for the dashboards of carers and nurses. The box's own health always does."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    summaries: bool = True  # five-minute summaries of rooms, doors and appliances
    days: bool = True  # day features, patterns and concern
    vitals: bool = True  # pulse, blood pressure, weight and the like
    alerts: bool = True  # what was told, without words and names


class Vitals(BaseModel):
    """What a clinician has set for this person."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    spo2_scale: Literal[1, 2] = 1  # of NEWS2; 2 where the target is 88 to 92 %


class Plan(BaseModel):
    """The whole of plan.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    agreement: Agreement = Agreement()
    contact: tuple[Contact, ...] = Field((), max_length=64)
    forward: Forward = Forward()
    household: Household = Household()
    vitals: Vitals = Vitals()
    period: tuple[PeriodRow, ...] = Field((), max_length=1000)
    carer: tuple[CarerRow, ...] = Field((), max_length=100)

    def declared(self) -> Declared:
        """What this says of the home, as the core and the rules take it."""
        return Declared(
            residents=self.household.residents,
            pets=self.household.pets,
            spo2_scale=self.vitals.spo2_scale,
            periods=tuple(row.period() for row in self.period),
            carers=tuple(row.carer() for row in self.carer),
        )

    def notifiers(self, alert: Alert, every: tuple[str, ...]) -> tuple[str, ...]:
        """Names of the notifiers that carry this alert; `every` is what the installer set up."""
        if not self.contact:
            return every
        return tuple(dict.fromkeys(contact.notifier for contact in self.contact if contact.wants(alert)))

    def heard(self, kind: AlertKind, priority: Priority) -> bool:
        """Whether anybody hears of alerts of a kind and a priority."""
        return not self.contact or any(contact.hears(kind, priority) for contact in self.contact)

    def contacts(self, notifier: str) -> tuple[str, ...]:
        """Who is behind a notifier; its own name where the plan names nobody."""
        return tuple(contact.name for contact in self.contact if contact.notifier == notifier) or (notifier,)


def load_plan(path: Path, notifiers: set[str]) -> Plan:
    """Read and check plan.toml; an empty plan where there is no such file. Raises ConfigError."""
    if not path.exists():
        return Plan()
    text, values = read_toml(path)
    try:
        plan = Plan(**values)
    except ValidationError as error:
        raise ConfigError("\n".join(faults_of(error, path, text, Plan))) from None
    faults = [*crossed(plan.period, plan.carer), *_contact_faults(plan, notifiers)]
    if faults:
        raise ConfigError("\n".join(at(path, text, where, what) for where, what in faults))
    return plan


def _contact_faults(plan: Plan, notifiers: set[str]) -> Iterable[tuple[Where, str]]:
    for index, contact in enumerate(plan.contact):
        if contact.notifier not in notifiers:
            yield (
                ("contact", index, "notifier"),
                f"no notifier {contact.notifier!r}" + nearest(contact.notifier, notifiers),
            )
    for kind in AlertKind:
        if plan.contact and not any(kind in contact.kinds for contact in plan.contact):
            mend = f"nobody is told {kind.value} alerts; add {kind.value!r} to the kinds of a contact"
            yield ("contact", 0, "kinds"), mend
