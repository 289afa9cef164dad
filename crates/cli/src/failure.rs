//! What a command ends with when it fails: a sentence and a way out.

use crate::messages::{EvidenceMessage, Lang, Message, Sentence, goods, refusals};
use qiantang_client::{
    ClientError, Refusal,
    evidence::{self, IEvidence::IEvidenceErrors},
    trace::{ITrace::ITraceErrors, refusal},
    with_causes,
};
use qiantang_node::NodeError;
use std::{fmt::Display, path::Path};

/// A failure in the reader's language.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
}

impl Failure {
    pub(crate) fn new(lang: Lang, message: impl Sentence, arguments: &[&dyn Display]) -> Self {
        Self {
            message: lang.say(message, arguments),
            hint: None,
        }
    }

    pub(crate) fn hint(self, lang: Lang, hint: impl Sentence) -> Self {
        Self {
            hint: Some(lang.text(hint).to_owned()),
            ..self
        }
    }

    pub(crate) fn read(lang: Lang, path: &Path, error: &dyn Display) -> Self {
        Self::new(lang, Message::FileRead, &[&path.display(), error])
    }

    pub(crate) fn write(lang: Lang, path: &Path, error: &dyn Display) -> Self {
        Self::new(lang, Message::FileWrite, &[&path.display(), error])
    }

    /// The node's errors in the reader's language where they have a name of their own; the others
    /// end with the way out, after a semicolon.
    pub(crate) fn of_node(lang: Lang, context: Message, error: &NodeError) -> Self {
        use crate::messages::OperateMessage as O;
        use Message as M;
        match error {
            NodeError::InUse { dir } => {
                Self::new(lang, M::NodeInUse, &[&dir.display()]).hint(lang, M::NodeInUseHint)
            }
            NodeError::NoChain { dir } => {
                Self::new(lang, M::NodeNoChain, &[&dir.display()]).hint(lang, M::NodeNoChainHint)
            }
            NodeError::File { path, source, .. } => {
                Self::new(lang, M::NodeFile, &[&path.display(), source]).hint(lang, M::NodeFileHint)
            }
            NodeError::Key(error) => crate::commands::node_key::failure(lang, error),
            NodeError::SpecMissing { path } => {
                Self::new(lang, O::SpecMissing, &[&path.display()]).hint(lang, O::SpecMissingHint)
            }
            NodeError::Scheme {
                path,
                found,
                expected,
            } => {
                let [found, expected] =
                    [found, expected].map(|scheme| format!("{scheme:?}").to_lowercase());
                Self {
                    hint: Some(lang.say(O::KeySchemeHint, &[&expected])),
                    ..Self::new(lang, O::KeyScheme, &[&path.display(), &found, &expected])
                }
            }
            NodeError::Listen { address, source } => Self {
                hint: Some(lang.say(O::ListenFailedHint, &[&"p2p.listen"])),
                ..Self::new(lang, O::ListenFailed, &[address, source])
            },
            other => {
                let text = with_causes(other);
                let (reason, hint) = match text.rsplit_once("; ") {
                    Some((reason, hint)) => (reason, Some(hint.to_owned())),
                    None => (text.as_str(), None),
                };
                Self {
                    hint,
                    ..Self::new(lang, context, &[&reason])
                }
            }
        }
    }

    /// The SDK's errors in the reader's language.
    pub(crate) fn of_client(lang: Lang, error: &ClientError) -> Self {
        use ClientError as E;
        use Message as M;
        let new = |message, arguments: &[&dyn Display]| Self::new(lang, message, arguments);
        match error {
            E::Unreachable { url, reason } => {
                new(M::Unreachable, &[url, reason]).hint(lang, M::UnreachableHint)
            }
            E::Rpc { message, .. } if is_of_nonce(message) => {
                new(M::NodeRefused, &[message]).hint(lang, M::NonceTakenHint)
            }
            E::Rpc { message, .. } => new(M::NodeRefused, &[message]),
            E::Reverted { .. } => match (refusal(error), evidence::refusal(error)) {
                (Some(refusal), _) => of_refusal(lang, &refusal),
                (None, Some(refusal)) => of_evidence(lang, &refusal),
                (None, None) => match error.exceeded() {
                    Some(e) => new(M::LimitExceeded, &[&e.limit, &e.value, &e.maximum]),
                    None => of_module(lang, error),
                },
            },
            E::Unexpected { method, reason } => {
                new(M::NodeUnexpected, &[method, reason]).hint(lang, M::NodeUnexpectedHint)
            }
            E::Failed(hash) => {
                new(M::TransactionFailed, &[hash]).hint(lang, M::TransactionFailedHint)
            }
            E::NotFinal { hash, seconds } => {
                new(M::NotFinal, &[hash, seconds]).hint(lang, M::NotFinalHint)
            }
            E::NonceTaken { hash, nonce } => {
                new(M::NonceTaken, &[hash, nonce]).hint(lang, M::NonceTakenHint)
            }
            E::Signature(reason) => new(M::Signature, &[reason]),
            E::Proof { what, source } => {
                new(M::ProofFails, &[what, source]).hint(lang, M::ProofFailsHint)
            }
            E::OtherFact { what, reason } => {
                new(M::ProofFails, &[what, reason]).hint(lang, M::ProofFailsHint)
            }
        }
    }
}

/// Whether a node refused a transaction because of another one of its account. The words are those
/// of every Ethereum node.
fn is_of_nonce(message: &str) -> bool {
    let words = ["nonce too low", "replacement transaction underpriced"];
    words.iter().any(|words| message.starts_with(words))
}

/// The refusals of the other modules; what has no words is shown as it is.
pub(crate) fn of_module(lang: Lang, error: &ClientError) -> Failure {
    let Some(refusal) = Refusal::of(error) else {
        return Failure::new(lang, Message::Reverted, &[error]);
    };
    let said = refusals::explain(lang, &refusal).unwrap_or_else(|| {
        let arguments = refusal.arguments.iter();
        let arguments: Vec<String> = arguments
            .map(|(name, value)| format!("{name}: {value:?}"))
            .collect();
        format!("{} ({})", refusal.name, arguments.join(", "))
    });
    let failure = Failure::new(lang, Message::Reverted, &[&said]);
    match refusals::hint(&refusal) {
        Some(hint) => failure.hint(lang, hint),
        None => failure,
    }
}

/// The Trace module's refusals.
fn of_refusal(lang: Lang, refusal: &ITraceErrors) -> Failure {
    use ITraceErrors as R;
    use Message as M;
    let (message, arguments): (M, Vec<&dyn Display>) = match refusal {
        R::InvalidDocument(e) => (M::TraceInvalidDocument, vec![&e.field, &e.reason]),
        R::NotCustodian(e) => (M::TraceNotCustodian, vec![&e.item, &e.custodian, &e.caller]),
        R::NotHolder(e) => (M::TraceNotHolder, vec![&e.lot, &e.caller]),
        R::NotReceiver(e) => (M::TraceNotReceiver, vec![&e.item, &e.receiver, &e.caller]),
        R::Aggregated(e) => (M::TraceAggregated, vec![&e.item, &e.container]),
        R::MixedCustody(e) => (
            M::TraceMixedCustody,
            vec![&e.item, &e.custodian, &e.container, &e.containerCustodian],
        ),
        R::NotInside(e) => (M::TraceNotInside, vec![&e.item, &e.container]),
        R::NotEmpty(e) => (M::TraceNotEmpty, vec![&e.item, &e.contents]),
        R::Ended(e) => {
            let status = lang.text(goods::status(e.status));
            return Failure::new(lang, M::TraceEnded, &[&e.item, &status]);
        }
        R::AlreadyCommissioned(e) => (M::TraceAlreadyCommissioned, vec![&e.item, &e.commissioner]),
        R::OriginUnverified(e) => (M::TraceOriginUnverified, vec![&e.item]),
        R::ContainerDepth(e) => (M::TraceContainerDepth, vec![&e.item, &e.container]),
        R::NotTransformer(e) => (
            M::TraceNotTransformer,
            vec![&e.transformationId, &e.transformer, &e.caller],
        ),
        R::NotSubmitter(e) => (M::TraceNotSubmitter, vec![&e.eventHash, &e.submitter]),
        R::NotCommissioner(e) => (M::TraceNotCommissioner, vec![&e.item, &e.commissioner]),
        R::AlreadyRecalled(e) => (M::TraceAlreadyRecalled, vec![&e.item]),
        R::UnknownItem(e) => (M::TraceUnknownItem, vec![&e.id]),
        R::UnknownEvent(e) => (M::TraceUnknownEvent, vec![&e.eventHash]),
        R::InvalidId(e) => (M::TraceInvalidId, vec![&e.id]),
        R::ReasonMissing(_) => (M::TraceReasonMissing, vec![]),
        R::PartyTaken(e) => (M::TracePartyTaken, vec![&e.partyId, &e.account]),
    };
    let failure = Failure::new(lang, message, &arguments);
    match refusal {
        R::UnknownItem(_) | R::InvalidId(_) => failure.hint(lang, M::TraceUnknownHint),
        R::NotCustodian(_)
        | R::NotHolder(_)
        | R::NotReceiver(_)
        | R::NotSubmitter(_)
        | R::NotCommissioner(_) => failure.hint(lang, M::TraceKeyHint),
        _ => failure,
    }
}

/// The Evidence module's refusals.
fn of_evidence(lang: Lang, refusal: &IEvidenceErrors) -> Failure {
    use EvidenceMessage as M;
    use IEvidenceErrors as R;
    let (message, arguments): (M, Vec<&dyn Display>) = match refusal {
        R::DigestLength(e) => (M::DigestLength, vec![&e.length]),
        R::DigestZero(_) => (M::DigestZero, vec![]),
        R::AlgorithmMissing(_) => (M::AlgorithmMissing, vec![]),
        R::LeafCount(e) => (M::LeafCount, vec![&e.count]),
        R::KindMissing(_) => (M::KindMissing, vec![]),
        R::ControlCharacter(e) => (M::ControlCharacter, vec![&e.field]),
        R::InvalidParty(e) => (M::InvalidParty, vec![&e.party]),
        R::UnknownDeposit(e) => (M::UnknownDeposit, vec![&e.id]),
        R::NotOwner(e) => (M::NotOwner, vec![&e.id, &e.owner, &e.caller]),
        R::Superseded(e) => (M::Superseded, vec![&e.id, &e.next]),
        R::AlreadyWithdrawn(e) => (M::AlreadyWithdrawn, vec![&e.id]),
        R::ReasonMissing(_) => (M::ReasonMissing, vec![]),
        R::NotCommitment(e) => (M::NotCommitment, vec![&e.id]),
        R::AlreadyErased(e) => (M::AlreadyErased, vec![&e.id]),
        R::InvalidCursor(e) => (M::InvalidCursor, vec![&e.cursor]),
    };
    let failure = Failure::new(lang, message, &arguments);
    match refusal {
        R::NotOwner(_) => failure.hint(lang, Message::TraceKeyHint),
        _ => failure,
    }
}
