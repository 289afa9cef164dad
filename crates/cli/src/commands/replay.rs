//! `qiantang replay`: rebuild every database from the blocks and compare.

use crate::{arguments::Replay, failure::Failure, messages::Message, output::Output};
use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    height: u64,
    state_root: String,
    repaired: bool,
}

/// Replays and says what was found.
pub(crate) fn run(output: Output, arguments: &Replay) -> Result<(), Failure> {
    let bar = output.progress(Message::Replaying, 0);
    let moving = bar.clone();
    let report = qiantang_node::replay(&arguments.dir, arguments.repair, move |height, last| {
        moving.set_length(last.get());
        moving.set_position(height.get());
    });
    bar.finish_and_clear();
    let report =
        report.map_err(|error| Failure::of_node(output.lang, Message::ReplayFailed, &error))?;
    let report = Report {
        height: report.height.get(),
        state_root: report.state_root.to_string(),
        repaired: report.repaired,
    };
    output.data(&report, || {
        let mut text = output.say(Message::ReplayDone, &[&report.height, &report.state_root]);
        if report.repaired {
            text = format!("{text}\n{}", output.lang.text(Message::ReplayRepaired));
        }
        text
    })
}
