//! A chain of four organisations, and how tests speak to it.

use crate::{
    Halt, IModule,
    evidence::{
        ADDRESS,
        IEvidence::{self, Algorithm, Details, IEvidenceErrors},
    },
    testing::{MapContext, spec},
};
use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::{SolCall, SolEvent, SolInterface as _};

/// Administrators of the organisations 1 and 2, and two accounts without one.
pub(super) const BANKER: Address = Address::repeat_byte(0x01);
pub(super) const FARMER: Address = Address::repeat_byte(0x02);
pub(super) const ALICE: Address = Address::repeat_byte(0xa1);
pub(super) const BOB: Address = Address::repeat_byte(0xb0);

pub(super) fn chain() -> MapContext {
    MapContext::chain(&spec())
}

pub(super) fn details() -> Details {
    Details {
        kind: "contract".to_owned(),
        ownReference: "2026-杭-0017".to_owned(),
        parties: Vec::new(),
        previous: 0,
    }
}

pub(super) fn after(previous: u64) -> Details {
    Details {
        previous,
        ..details()
    }
}

pub(super) fn digest(number: u64) -> B256 {
    B256::from(U256::from(number) + (U256::ONE << 200))
}

/// The call that deposits a digest.
pub(super) fn document(number: u64, details: Details) -> IEvidence::depositCall {
    IEvidence::depositCall {
        algorithm: Algorithm::Sha256,
        digest: digest(number).to_vec().into(),
        details,
    }
}

/// The call that deposits a commitment.
pub(super) fn commitment(word: B256, details: Details) -> IEvidence::depositCommitmentCall {
    IEvidence::depositCommitmentCall {
        commitment: word.to_vec().into(),
        details,
    }
}

/// Sends a call in a block of its own.
pub(super) fn send<Call: SolCall>(
    chain: &mut MapContext,
    who: Address,
    call: &Call,
) -> Result<Call::Return, Halt> {
    chain.next_block();
    chain.send(who, ADDRESS, call)
}

/// Sends what must be accepted.
pub(super) fn accept<Call: SolCall>(
    chain: &mut MapContext,
    who: Address,
    call: &Call,
) -> Call::Return {
    send(chain, who, call).unwrap_or_else(|halt| panic!("{}", describe(&halt)))
}

/// Sends what must be refused, and answers why; checks that nothing changed.
pub(super) fn refuse<Call: SolCall>(chain: &mut MapContext, who: Address, call: &Call) -> String {
    let (slots, logs) = (chain.slots.clone(), chain.logs.len());
    let result = send(chain, who, call);
    assert!(
        chain.slots == slots && chain.logs.len() == logs,
        "it left traces"
    );
    match result {
        Ok(_) => panic!("accepted"),
        Err(halt) => describe(&halt),
    }
}

pub(super) fn view<Call: SolCall>(chain: &mut MapContext, call: &Call) -> Call::Return {
    chain
        .view(ADDRESS, call)
        .unwrap_or_else(|halt| panic!("{}", describe(&halt)))
}

pub(super) fn deposited(chain: &mut MapContext, id: u64) -> IEvidence::Deposit {
    view(chain, &IEvidence::depositedCall { id })
}

/// The last log, which must be of a kind.
pub(super) fn last_log<Event: SolEvent>(chain: &MapContext) -> Event {
    let log = chain.logs.last().unwrap();
    assert_eq!(log.address, ADDRESS);
    Event::decode_log_data(&log.data).unwrap()
}

/// Numbers page by page, checked to be the same in pages of every small size.
pub(super) fn paged(
    chain: &mut MapContext,
    mut page: impl FnMut(&mut MapContext, U256, U256) -> (Vec<u64>, U256),
) -> Vec<u64> {
    let mut all = |chain: &mut MapContext, limit: u64| {
        let (mut cursor, mut ids) = (U256::ZERO, Vec::new());
        loop {
            let (part, next) = page(chain, cursor, U256::from(limit));
            assert!(limit == 0 || part.len() as u64 <= limit);
            ids.extend(part);
            if next.is_zero() {
                return ids;
            }
            cursor = next;
        }
    };
    let whole = all(chain, 0);
    for limit in 1..4 {
        assert_eq!(all(chain, limit), whole);
    }
    whole
}

pub(super) fn by_submitter(chain: &mut MapContext, submitter: Address) -> Vec<u64> {
    paged(chain, |chain, cursor, limit| {
        let call = IEvidence::bySubmitterCall {
            submitter,
            cursor,
            limit,
        };
        let page = view(chain, &call);
        (page.ids, page.next)
    })
}

pub(super) fn by_organisation(chain: &mut MapContext, organisation: u64) -> Vec<u64> {
    paged(chain, |chain, cursor, limit| {
        let call = IEvidence::byOrganisationCall {
            organisation,
            cursor,
            limit,
        };
        let page = view(chain, &call);
        (page.ids, page.next)
    })
}

pub(super) fn by_party(chain: &mut MapContext, party: Address) -> Vec<u64> {
    paged(chain, |chain, cursor, limit| {
        let call = IEvidence::byPartyCall {
            party,
            cursor,
            limit,
        };
        let page = view(chain, &call);
        (page.ids, page.next)
    })
}

pub(super) fn by_digest(chain: &mut MapContext, word: B256) -> Vec<u64> {
    let digest = Bytes::from(word);
    paged(chain, |chain, cursor, limit| {
        let call = IEvidence::byDigestCall {
            digest: digest.clone(),
            cursor,
            limit,
        };
        let page = view(chain, &call);
        (page.ids, page.next)
    })
}

pub(super) fn versions(chain: &mut MapContext, id: u64) -> Vec<u64> {
    paged(chain, |chain, cursor, limit| {
        let page = view(chain, &IEvidence::versionsCall { id, cursor, limit });
        (page.ids, page.next)
    })
}

/// An error with its arguments.
pub(super) fn describe(halt: &Halt) -> String {
    let Halt::Revert(data) = halt else {
        return format!("{halt:?}");
    };
    if let Ok(error) = IEvidenceErrors::abi_decode(data) {
        return format!("{error:?}");
    }
    match IModule::IModuleErrors::abi_decode(data).unwrap() {
        IModule::IModuleErrors::LimitExceeded(error) => {
            format!(
                "LimitExceeded({}, {}, {})",
                error.limit, error.value, error.maximum
            )
        }
        IModule::IModuleErrors::StaticCall(_) => "StaticCall".to_owned(),
        IModule::IModuleErrors::NotPayable(_) => "NotPayable".to_owned(),
        IModule::IModuleErrors::UnknownSelector(_) => "UnknownSelector".to_owned(),
        IModule::IModuleErrors::MalformedInput(_) => "MalformedInput".to_owned(),
        _ => "another error".to_owned(),
    }
}
