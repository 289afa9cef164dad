//! Finding an event in the document that carried it.

use super::{ITrace, Trace};
use crate::module::Interface as _;
use alloy_primitives::{B256, Log};
use alloy_sol_types::SolEvent as _;
use serde_json::Value;

/// The event with this hash, as it stands in the document that the transaction with these logs
/// captured.
///
/// The module logs the events of a document in their order, so the place of the log is the place of
/// the event. `None` where the transaction captured several documents, so that places cannot be
/// told apart.
pub(super) fn event_in_logs(logs: &[Log], event: &B256) -> Option<Value> {
    let of_module = || logs.iter().filter(|log| log.address == Trace::ADDRESS);
    let mut captured: Vec<&B256> = Vec::new();
    for log in of_module() {
        let [kind, hash, ..] = log.data.topics() else {
            continue;
        };
        let first = [
            ITrace::EventCaptured::SIGNATURE_HASH,
            ITrace::DuplicateCaptured::SIGNATURE_HASH,
        ];
        // A declaration of error about an event that is new on the chain logs both, one after the
        // other.
        let declared = *kind == ITrace::ErrorDeclared::SIGNATURE_HASH;
        if first.contains(kind) || (declared && captured.last() != Some(&hash)) {
            captured.push(hash);
        }
    }
    let mut documents =
        of_module().filter_map(|log| ITrace::DocumentCaptured::decode_log_data(&log.data).ok());
    let document = documents.next()?;
    let mut events = events_of(serde_json::from_slice(&document.document).ok()?);
    let place = captured.iter().position(|hash| *hash == event)?;
    if documents.next().is_some() || events.len() != captured.len() {
        return None;
    }
    Some(events.swap_remove(place))
}

/// The events of a document in their order; a document may be a single event.
fn events_of(mut document: Value) -> Vec<Value> {
    let lists = [
        "/epcisBody/eventList",
        "/epcisBody/queryResults/resultsBody/eventList",
    ];
    for list in lists {
        if let Some(Value::Array(events)) = document.pointer_mut(list) {
            return std::mem::take(events);
        }
    }
    match document.pointer_mut("/epcisBody/event") {
        Some(event) => vec![event.take()],
        None => vec![document],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn finds_events_wherever_documents_keep_them() {
        let event = json!({ "type": "ObjectEvent" });
        let list = json!([event, event]);
        assert_eq!(events_of(event.clone()).len(), 1);
        assert_eq!(
            events_of(json!({ "epcisBody": { "eventList": list } })).len(),
            2
        );
        assert_eq!(
            events_of(json!({ "epcisBody": { "event": event } })),
            vec![event]
        );
        let query =
            json!({ "epcisBody": { "queryResults": { "resultsBody": { "eventList": list } } } });
        assert_eq!(events_of(query).len(), 2);
    }
}
