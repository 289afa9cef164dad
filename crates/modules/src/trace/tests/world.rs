//! A chain with one module, and accounts that submit events.

use crate::{
    Halt, IModule, Module, governance,
    identity::{self, IIdentity, OrganisationKind},
    module_at,
    testing::{MapContext, spec},
    trace::{ADDRESS, ITrace},
};
use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::{SolCall, SolInterface};
use qiantang_types::{Height, TimestampMs};
use serde_json::{Value, json};

pub(super) const ALICE: Address = Address::repeat_byte(0xa1);
/// Alice's colleague.
pub(super) const ANNA: Address = Address::repeat_byte(0xaa);
pub(super) const BOB: Address = Address::repeat_byte(0xb0);
pub(super) const CAROL: Address = Address::repeat_byte(0xca);

pub(super) fn module() -> &'static Module {
    module_at(ADDRESS, Height::GENESIS).unwrap()
}

pub(super) struct World {
    pub(super) ctx: MapContext,
    events: u64,
}

impl World {
    pub(super) fn new() -> Self {
        Self {
            ctx: MapContext::new(ADDRESS),
            events: 0,
        }
    }

    /// A chain with one organisation, number 1, and its administrators.
    pub(super) fn with_organisation(administrators: &[Address]) -> Self {
        let mut spec = spec();
        spec.organisations.truncate(1);
        spec.organisations[0].administrators = administrators.to_vec();
        Self {
            ctx: MapContext::chain(&spec),
            events: 0,
        }
    }

    /// The members admit an organisation with one administrator.
    pub(super) fn found(&mut self, name: &str, administrator: Address) -> u64 {
        let call = IIdentity::admitOrganisationCall {
            name: name.to_owned(),
            kind: OrganisationKind::Enterprise,
            jurisdiction: "CN".to_owned(),
            administrators: vec![administrator],
        };
        let result = self.ctx.send(governance::ADDRESS, identity::ADDRESS, &call);
        result.unwrap_or_else(|halt| panic!("{halt:?}"))
    }

    /// Gives an event the next event time, so that no two have the same hash.
    pub(super) fn stamp(&mut self, mut event: Value) -> Value {
        self.events += 1;
        let (minutes, seconds) = (self.events / 60, self.events % 60);
        let time = format!(
            "2026-04-{:02}T05:{:02}:{seconds:02}Z",
            1 + minutes / 60,
            minutes % 60
        );
        event["eventTime"] = json!(time);
        event["eventTimeZoneOffset"] = json!("+08:00");
        event["@context"] = json!(["https://ref.gs1.org/standards/epcis/epcis-context.jsonld"]);
        event
    }

    pub(super) fn capture_call(&mut self, event: &Value) -> Vec<u8> {
        let document = self.stamp(event.clone()).to_string().into_bytes();
        ITrace::captureCall {
            document: document.into(),
        }
        .abi_encode()
    }

    /// Captures an event as it is, in the next block.
    pub(super) fn capture_as_is(&mut self, who: Address, event: &Value) -> Result<B256, Halt> {
        let call = ITrace::captureCall {
            document: event.to_string().into_bytes().into(),
        };
        let hashes = self.send(who, &call)?;
        Ok(hashes[0])
    }

    /// Captures an event with a new time, in the next block.
    pub(super) fn capture(&mut self, who: Address, event: &Value) -> Result<B256, Halt> {
        let event = self.stamp(event.clone());
        self.capture_as_is(who, &event)
    }

    /// Captures what must be accepted.
    pub(super) fn accept(&mut self, who: Address, event: &Value) -> B256 {
        self.capture(who, event)
            .unwrap_or_else(|halt| panic!("{event}: {}", describe(&halt)))
    }

    /// Captures what must be refused, and says with which error; checks that nothing changed.
    pub(super) fn refuse(&mut self, who: Address, event: &Value) -> String {
        let before = (self.ctx.slots.clone(), self.ctx.logs.clone());
        let result = self.capture(who, event);
        assert!(
            before == (self.ctx.slots.clone(), self.ctx.logs.clone()),
            "{event} left traces"
        );
        error_name(&result.map(|_| ()))
    }

    pub(super) fn register(&mut self, who: Address, party: &str) -> Result<(), Halt> {
        self.send(
            who,
            &ITrace::registerPartyCall {
                partyId: party.to_owned(),
            },
        )
        .map(|_| ())
    }

    pub(super) fn recall(&mut self, who: Address, id: &str) -> Result<(), Halt> {
        let (id, reason) = (id.to_owned(), "pesticide above the limit".to_owned());
        self.send(who, &ITrace::recallCall { id, reason })
            .map(|_| ())
    }

    pub(super) fn send<Call: SolCall>(
        &mut self,
        who: Address,
        call: &Call,
    ) -> Result<Call::Return, Halt> {
        self.ctx.height = Height::new(self.ctx.height.get() + 1);
        self.ctx.time = TimestampMs::new(self.ctx.time.get() + 1000);
        self.ctx.caller = who;
        let output = self.ctx.call(module(), &call.abi_encode())?;
        Ok(Call::abi_decode_returns(&output).unwrap())
    }

    pub(super) fn try_view<Call: SolCall>(&mut self, call: &Call) -> Result<Call::Return, Halt> {
        self.ctx.is_static = true;
        let result = self.ctx.call(module(), &call.abi_encode());
        self.ctx.is_static = false;
        Ok(Call::abi_decode_returns(&result?).unwrap())
    }

    pub(super) fn view<Call: SolCall>(&mut self, call: &Call) -> Call::Return {
        self.try_view(call)
            .unwrap_or_else(|halt| panic!("{}", describe(&halt)))
    }

    pub(super) fn item(&mut self, id: &str) -> ITrace::Item {
        self.view(&ITrace::itemCall { id: id.to_owned() })
    }

    pub(super) fn story(&mut self, id: &str) -> Vec<ITrace::Step> {
        let (cursor, limit) = (U256::ZERO, U256::ZERO);
        self.view(&ITrace::storyCall {
            id: id.to_owned(),
            cursor,
            limit,
        })
        .steps
    }

    pub(super) fn story_in_pages(&mut self, id: &str, limit: u64) -> Vec<ITrace::Step> {
        let (mut cursor, limit) = (U256::ZERO, U256::from(limit));
        let mut steps = Vec::new();
        loop {
            let page = self.view(&ITrace::storyCall {
                id: id.to_owned(),
                cursor,
                limit,
            });
            assert!(U256::from(page.steps.len()) <= limit);
            steps.extend(page.steps);
            cursor = page.next;
            if cursor.is_zero() {
                return steps;
            }
        }
    }

    pub(super) fn contents(&mut self, id: &str) -> Vec<String> {
        let (cursor, limit) = (U256::ZERO, U256::ZERO);
        self.view(&ITrace::contentsCall {
            id: id.to_owned(),
            cursor,
            limit,
        })
        .ids
    }

    pub(super) fn ancestors(&mut self, id: &str) -> Vec<ITrace::Relative> {
        let (cursor, limit) = (U256::ZERO, U256::ZERO);
        self.view(&ITrace::ancestorsCall {
            id: id.to_owned(),
            cursor,
            limit,
        })
        .relatives
    }

    pub(super) fn descendants(&mut self, id: &str) -> Vec<ITrace::Relative> {
        let (cursor, limit) = (U256::ZERO, U256::ZERO);
        self.view(&ITrace::descendantsCall {
            id: id.to_owned(),
            cursor,
            limit,
        })
        .relatives
    }
}

pub(super) fn party_of(world: &mut World, id: &str) -> Address {
    world
        .view(&ITrace::partyCall {
            partyId: id.to_owned(),
        })
        .account
}

/// The name of the error that a result is, or `accepted`.
pub(super) fn error_name<T>(result: &Result<T, Halt>) -> String {
    match result {
        Ok(_) => "accepted".to_owned(),
        Err(halt) => {
            let text = describe(halt);
            text.split(['(', ' ']).next().unwrap_or_default().to_owned()
        }
    }
}

/// An error with its arguments, as the interface declares it.
pub(super) fn describe(halt: &Halt) -> String {
    let Halt::Revert(data) = halt else {
        return format!("{halt:?}");
    };
    if let Ok(error) = ITrace::ITraceErrors::abi_decode(data) {
        return format!("{error:?}");
    }
    match IModule::IModuleErrors::abi_decode(data).unwrap() {
        IModule::IModuleErrors::LimitExceeded(error) => format!("LimitExceeded({})", error.limit),
        IModule::IModuleErrors::StaticCall(_) => "StaticCall".to_owned(),
        _ => "MalformedInput".to_owned(),
    }
}

pub(super) fn object(action: &str, step: &str, epcs: &[&str]) -> Value {
    json!({ "type": "ObjectEvent", "action": action, "bizStep": step, "epcList": epcs })
}

pub(super) fn lot(action: &str, step: &str, class: &str) -> Value {
    let quantity = json!([{ "epcClass": class, "quantity": 12.5, "uom": "KGM" }]);
    json!({ "type": "ObjectEvent", "action": action, "bizStep": step, "quantityList": quantity })
}

pub(super) fn to_party(mut event: Value, party: &str) -> Value {
    event["destinationList"] = json!([{ "type": "possessing_party", "destination": party }]);
    event
}

pub(super) fn ship(epcs: &[&str], party: &str) -> Value {
    to_party(object("OBSERVE", "shipping", epcs), party)
}

pub(super) fn receive(epcs: &[&str]) -> Value {
    object("OBSERVE", "receiving", epcs)
}

pub(super) fn aggregate(action: &str, step: &str, (parent, children): (&str, &[&str])) -> Value {
    json!({
        "type": "AggregationEvent", "action": action, "bizStep": step,
        "parentID": parent, "childEPCs": children,
    })
}

pub(super) fn pack(parent: &str, children: &[&str]) -> Value {
    aggregate("ADD", "packing", (parent, children))
}

pub(super) fn unpack(parent: &str, children: &[&str]) -> Value {
    aggregate("DELETE", "unpacking", (parent, children))
}

pub(super) fn transform(inputs: &[&str], outputs: &[&str]) -> Value {
    let mut event = json!({ "type": "TransformationEvent", "bizStep": "commissioning" });
    let is_class = |id: &&str| id.starts_with("urn:epc:class:") || id.starts_with("urn:epc:idpat:");
    for (field, ids, amount) in [("input", inputs, 1), ("output", outputs, 10)] {
        let (classes, epcs): (Vec<&str>, Vec<&str>) = ids.iter().partition(|id| is_class(id));
        if !epcs.is_empty() {
            event[format!("{field}EPCList")] = json!(epcs);
        }
        if !classes.is_empty() {
            let quantities: Vec<Value> = classes
                .iter()
                .map(|class| json!({ "epcClass": class, "quantity": amount }))
                .collect();
            event[format!("{field}QuantityList")] = json!(quantities);
        }
    }
    event
}

/// The declaration that an event, exactly as captured, was wrong.
pub(super) fn wrong(event: &Value) -> Value {
    let mut event = event.clone();
    event["errorDeclaration"] =
        json!({ "declarationTime": "2026-05-01T00:00:00Z", "reason": "incorrect_data" });
    event
}

pub(super) fn did(account: Address) -> String {
    format!("did:ethr:{account}")
}
