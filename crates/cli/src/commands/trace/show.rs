//! An item and its journey, with and without proofs.

use super::{
    super::{of_client, parse_anchor},
    view::{ItemView, ProofView, StepView, item_text, step_text},
};
use crate::{failure::Failure, messages::Message, output::Output};
use console::style;
use qiantang_client::{
    Client, Module,
    trace::{ITrace, Trace, VerifiedStory},
};
use serde::Serialize;

#[derive(Serialize)]
struct Shown {
    item: ItemView,
    story: Vec<StepView>,
    /// Whether the story is all that the node tells.
    complete: bool,
    /// What the proofs were checked against.
    #[serde(skip_serializing_if = "Option::is_none")]
    anchor: Option<String>,
}

/// Shows an item and its journey as the node tells it.
pub(super) async fn show(output: Output, trace: &Module<Trace>, id: &str) -> Result<(), Failure> {
    let of_client = of_client(output);
    let item = trace.item(id).await.map_err(&of_client)?;
    let story = trace.story(id).await.map_err(&of_client)?;
    let mut text = item_text(output, &item);
    let mut steps = Vec::with_capacity(story.entries.len());
    for step in &story.entries {
        let event = trace.event_document(step).await.map_err(&of_client)?;
        text.push_str(&step_text(output, step, event.as_ref(), false));
        steps.push(StepView::new(step, event));
    }
    if !story.complete {
        text.push_str(output.lang.text(Message::StoryIncomplete));
    }
    let shown = Shown {
        item: ItemView::new(&item),
        story: steps,
        complete: story.complete,
        anchor: None,
    };
    output.data(&shown, || text)
}

/// Shows an item and its journey, each event proved against the anchor.
pub(super) async fn verify(
    output: Output,
    client: &Client,
    id: &str,
    anchor: Option<String>,
) -> Result<(), Failure> {
    let of_client = of_client(output);
    let anchor = match anchor {
        Some(text) => parse_anchor(output, &text)?,
        None => {
            let anchor = client.anchor().await.map_err(&of_client)?;
            let note = output.say(Message::AnchorFromNode, &[&anchor]);
            output.talk(style(note).yellow().for_stderr());
            anchor
        }
    };
    let trace = Module::<Trace>::new(client.clone());
    let item = trace.item(id).await.map_err(&of_client)?;
    let bar = output.progress(Message::Verifying, item.events);
    let story = trace
        .verify_story(id, &anchor, |done, total| {
            bar.set_length(total as u64);
            bar.set_position(done as u64);
        })
        .await;
    bar.finish_and_clear();
    let story = story.map_err(&of_client)?;
    let shown = Shown {
        item: ItemView::new(&item),
        story: story.steps.iter().map(proved_view).collect(),
        complete: story.complete,
        anchor: Some(anchor.to_string()),
    };
    output.data(&shown, || {
        verified_text(output, &item, &story, &anchor.to_string())
    })
}

fn proved_view(step: &qiantang_client::trace::VerifiedStep) -> StepView {
    let mut view = StepView::new(&step.step, step.event.clone());
    view.proof = Some(ProofView {
        transaction: step.transaction.to_string(),
        sender: step.sender.to_string(),
        signers: step.signers.0,
        validators: step.signers.1,
    });
    view
}

fn verified_text(
    output: Output,
    item: &ITrace::Item,
    story: &VerifiedStory,
    anchor: &str,
) -> String {
    let mut text = item_text(output, item);
    for step in &story.steps {
        text.push_str(&step_text(output, &step.step, step.event.as_ref(), true));
    }
    if let Some(last) = story.steps.last() {
        let (signers, validators) = last.signers;
        text.push_str(&output.say(Message::Signers, &[&signers, &validators]));
        text.push('\n');
    }
    if !story.complete {
        text.push_str(output.lang.text(Message::StoryIncomplete));
        text.push('\n');
    }
    let holds = output.say(Message::VerifiedAll, &[&story.steps.len(), &anchor]);
    text.push_str(&format!("{}\n", style(holds).green().bold()));
    text.push_str(
        &style(output.lang.text(Message::VerifiedLimit))
            .dim()
            .to_string(),
    );
    text
}
