//! Where an item comes from and where it went.

use super::{super::of_client, view::names};
use crate::{
    failure::Failure,
    messages::{Message, goods},
    output::Output,
};
use console::style;
use qiantang_client::{
    List, Module,
    trace::{
        ITrace::{self, Relative},
        Trace,
    },
};
use serde::Serialize;

#[derive(Serialize)]
struct Lineage {
    id: String,
    ancestors: Vec<RelativeView>,
    descendants: Vec<RelativeView>,
    recalls: Vec<RecallView>,
    /// Whether the lists are whole.
    complete: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RelativeView {
    id: String,
    level: &'static str,
    origin: &'static str,
    distance: u32,
    relation: &'static str,
    event_hash: String,
    current: bool,
    recalled: bool,
}

#[derive(Serialize)]
struct RecallView {
    id: String,
    commissioner: String,
    time: u64,
    height: u64,
    reason: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    via: String,
}

/// Shows ancestors, descendants and the recalls that reach the item.
pub(super) async fn lineage(
    output: Output,
    trace: &Module<Trace>,
    id: &str,
) -> Result<(), Failure> {
    let of_client = of_client(output);
    let item = trace.item(id).await.map_err(&of_client)?;
    let ancestors = trace.ancestors(id).await.map_err(&of_client)?;
    let descendants = trace.descendants(id).await.map_err(&of_client)?;
    let recalls = trace.recalls(id).await.map_err(&of_client)?;
    let lineage = Lineage {
        id: item.id,
        complete: ancestors.complete && descendants.complete && recalls.complete,
        ancestors: ancestors.entries.iter().map(view).collect(),
        descendants: descendants.entries.iter().map(view).collect(),
        recalls: recalls.entries.iter().map(recall_view).collect(),
    };
    output.data(&lineage, || {
        let title = output.say(Message::Lineage, &[&lineage.id]);
        let mut text = format!("{}\n", style(title).bold());
        text.push_str(&relatives(output, Message::LineageFrom, &ancestors));
        text.push_str(&relatives(output, Message::LineageTo, &descendants));
        if !lineage.recalls.is_empty() {
            let count = lineage.recalls.len();
            text.push_str(&format!(
                "{}\n",
                output.say(Message::LineageRecalls, &[&count])
            ));
        }
        for recall in &lineage.recalls {
            let line = output.say(Message::ItemRecalled, &[&recall.reason, &recall.id]);
            text.push_str(&format!("  {}\n", style(line).red()));
        }
        if !lineage.complete {
            text.push_str(output.lang.text(Message::LineageIncomplete));
        }
        text
    })
}

fn view(relative: &Relative) -> RelativeView {
    RelativeView {
        id: relative.id.clone(),
        level: names::level(relative.level),
        origin: names::origin(relative.origin),
        distance: relative.distance,
        relation: names::relation(relative.relation),
        event_hash: relative.eventHash.to_string(),
        current: relative.current,
        recalled: relative.recalled,
    }
}

fn recall_view(recall: &ITrace::Recall) -> RecallView {
    RecallView {
        id: recall.id.clone(),
        commissioner: recall.commissioner.to_string(),
        time: recall.time,
        height: recall.height,
        reason: recall.reason.clone(),
        via: recall.via.clone(),
    }
}

fn relatives(output: Output, title: Message, list: &List<Relative>) -> String {
    let mut text = format!("{}\n", output.say(title, &[&list.entries.len()]));
    if list.entries.is_empty() {
        text.push_str(&format!("  {}\n", output.lang.text(Message::LineageNone)));
    }
    for relative in &list.entries {
        let depth = usize::try_from(relative.distance)
            .unwrap_or(usize::MAX)
            .min(32);
        let mut notes = vec![output.lang.text(goods::relation(relative.relation))];
        if relative.current && relative.relation != ITrace::Relation::Transformation {
            notes.push(output.lang.text(Message::RelativeInside));
        }
        if relative.recalled {
            notes.push(output.lang.text(Message::RelativeRecalled));
        }
        let indent = "  ".repeat(depth);
        text.push_str(&format!("{indent}{} ({})\n", relative.id, notes.join(", ")));
    }
    text
}
