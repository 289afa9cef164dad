//! What is printed about items and steps, as JSON and as text.

use crate::{
    messages::{Message, goods},
    output::{Output, table, time},
};
use alloy_primitives::Address;
use console::style;
use qiantang_client::trace::ITrace::{self, Origin};
use serde::Serialize;
use serde_json::Value;

/// Sensor readings that are shown of one event.
const SENSORS_SHOWN: usize = 4;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ItemView {
    id: String,
    level: &'static str,
    status: &'static str,
    origin: &'static str,
    origin_verified: bool,
    custodian: Option<String>,
    commissioner: Option<String>,
    container: Option<String>,
    receiver: Option<String>,
    recalled: bool,
    recalled_id: Option<String>,
    recall_reason: Option<String>,
    complete: bool,
    events: u64,
    first_time: u64,
    last_time: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StepView {
    sequence: u64,
    time: u64,
    height: u64,
    event_hash: String,
    item: String,
    kind: &'static str,
    submitter: String,
    erroneous: bool,
    /// The event as it stands in its document.
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<Value>,
    /// Present where the step was proved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) proof: Option<ProofView>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ProofView {
    pub(super) transaction: String,
    pub(super) sender: String,
    pub(super) signers: usize,
    pub(super) validators: usize,
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn nobody(address: Address) -> Option<String> {
    (!address.is_zero()).then(|| address.to_string())
}

/// Names of enumeration values in JSON: those of the Solidity interface.
pub(super) mod names {
    use qiantang_client::trace::ITrace::{EventKind, Level, Origin, Relation, Status};

    macro_rules! names {
        ($function:ident, $type:ident: $($value:ident),*) => {
            pub(crate) const fn $function(value: $type) -> &'static str {
                match value {
                    $($type::$value => stringify!($value),)*
                    $type::None | $type::__Invalid => "None",
                }
            }
        };
    }

    names!(status, Status: Active, InTransit, Consumed, Decommissioned, Destroyed);
    names!(level, Level: Instance, Lot, Kind);
    names!(origin, Origin: Unverified, Commissioned, Transformed);
    names!(relation, Relation: Transformation, Aggregation, Association);
    names!(
        kind, EventKind:
        Object, Aggregation, Transaction, Transformation, Association, Extended
    );
}

impl ItemView {
    pub(super) fn new(item: &ITrace::Item) -> Self {
        Self {
            id: item.id.clone(),
            level: names::level(item.level),
            status: names::status(item.status),
            origin: names::origin(item.origin),
            origin_verified: item.originVerified,
            custodian: nobody(item.custodian),
            commissioner: nobody(item.commissioner),
            container: some(&item.container),
            receiver: some(&item.receiver),
            recalled: item.recalled,
            recalled_id: some(&item.recalledId),
            recall_reason: some(&item.recallReason),
            complete: item.complete,
            events: item.events,
            first_time: item.firstTime,
            last_time: item.lastTime,
        }
    }
}

impl StepView {
    pub(super) fn new(step: &ITrace::Step, event: Option<Value>) -> Self {
        Self {
            sequence: step.sequence,
            time: step.time,
            height: step.height,
            event_hash: step.eventHash.to_string(),
            item: step.item.clone(),
            kind: names::kind(step.kind),
            submitter: step.submitter.to_string(),
            erroneous: step.erroneous,
            event,
            proof: None,
        }
    }
}

/// An item for people.
pub(super) fn item_text(output: Output, item: &ITrace::Item) -> String {
    let word = |message| output.lang.text(message);
    let origin = match (item.originVerified, item.origin) {
        (true, _) => Message::OriginVerified,
        (false, Origin::None) => Message::StatusUnknown,
        (false, _) => Message::OriginUnverified,
    };
    let mut rows = vec![
        (
            word(Message::ItemLevel),
            word(goods::level(item.level)).to_owned(),
        ),
        (
            word(Message::ItemStatus),
            word(goods::status(item.status)).to_owned(),
        ),
        (word(Message::ItemOrigin), word(origin).to_owned()),
    ];
    let mut optional = |name, value: Option<String>| {
        rows.extend(value.map(|value| (word(name), value)));
    };
    optional(Message::ItemCustodian, nobody(item.custodian));
    optional(Message::ItemCommissioner, nobody(item.commissioner));
    optional(Message::ItemContainer, some(&item.container));
    optional(Message::ItemReceiver, some(&item.receiver));
    optional(Message::ItemEvents, Some(item.events.to_string()));
    let mut text = table(&item.id, &rows);
    if item.recalled {
        let recall = output.say(
            Message::ItemRecalled,
            &[&item.recallReason, &item.recalledId],
        );
        text.push_str(&format!("  {}\n", style(recall).red().bold()));
    }
    if !item.complete {
        let note = word(Message::ItemUncertain);
        text.push_str(&format!("  {}\n", style(note).yellow()));
    }
    text
}

/// A step for people: when, what and where, by whom.
pub(super) fn step_text(
    output: Output,
    step: &ITrace::Step,
    event: Option<&Value>,
    proved: bool,
) -> String {
    let field = |pointer: &str| -> Option<String> {
        let text = event?.pointer(pointer)?.as_str()?;
        Some(text.rsplit(['/', ':']).next().unwrap_or(text).to_owned())
    };
    let id = |pointer: &str| event?.pointer(pointer)?.as_str().map(str::to_owned);
    let mark = if proved {
        style("✓").green().to_string()
    } else {
        "·".to_owned()
    };
    let mut what = output.lang.text(goods::kind(step.kind)).to_owned();
    if let Some(business_step) = field("/bizStep") {
        what = format!("{business_step} ({what})");
    }
    // What happened has its own time; when it was recorded is another matter.
    let recorded = time(step.time);
    let when = id("/eventTime").unwrap_or_else(|| recorded.clone());
    let mut text = format!("{mark} {when}  {}", style(what).bold());
    if step.erroneous {
        let note = style(output.lang.text(Message::StepError)).yellow();
        text.push_str(&format!("  [{note}]"));
    }
    let mut details: Vec<String> = id("/readPoint/id")
        .or_else(|| id("/bizLocation/id"))
        .into_iter()
        .collect();
    details.extend(field("/disposition"));
    details.extend(event.map(sensors).unwrap_or_default());
    let by = output.say(Message::StepBy, &[&step.submitter]);
    let recorded = output.say(Message::StepRecorded, &[&recorded, &step.height]);
    let lines = [details.join(" · "), format!("{by}, {recorded}")];
    for line in lines.iter().filter(|line| !line.is_empty()) {
        text.push_str(&format!("\n    {}", style(line).dim()));
    }
    text.push('\n');
    text
}

/// Sensor readings of an event, as the document writes them; the first few of many.
fn sensors(event: &Value) -> Vec<String> {
    let list = |value: &Value, name: &str| value.get(name).and_then(Value::as_array).cloned();
    let elements = list(event, "sensorElementList").unwrap_or_default();
    let reports = elements
        .iter()
        .flat_map(|element| list(element, "sensorReport").unwrap_or_default());
    reports
        .filter_map(|report| sensor(&report))
        .take(SENSORS_SHOWN)
        .collect()
}

fn sensor(report: &Value) -> Option<String> {
    let word = |name: &str| match report.get(name)? {
        Value::String(text) => Some(text.rsplit(['/', ':']).next().unwrap_or(text).to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let value = match (word("minValue"), word("maxValue")) {
        (Some(least), Some(most)) => format!("{least}–{most}"),
        _ => word("value").or_else(|| word("meanValue"))?,
    };
    let unit = word("uom").unwrap_or_default();
    let kind = word("type").unwrap_or_default();
    Some(format!("{kind} {value} {unit}").trim().to_owned())
}
