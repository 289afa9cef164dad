//! Transformations: inputs are used up, outputs come into being.

use super::{
    ITrace::{NotTransformer, Origin, Status},
    capture::{Named, Session},
    epcis::Event,
};
use crate::{Halt, gas};
use alloy_primitives::{Address, B256, keccak256};

impl Session<'_> {
    /// A transformation. Between its inputs and its outputs stands one node of the lineage, so that
    /// many of both need few edges; events with the same `transformationID` share the node.
    pub(super) fn transformation(&mut self, event: &Event) -> Result<(), Halt> {
        let node = self.node(event)?;
        let inputs = self.things(&event.input_epcs, &event.input_quantities)?;
        let outputs = self.things(&event.output_epcs, &event.output_quantities)?;
        for input in &inputs {
            self.end(input, Status::Consumed)?;
            self.link(key(input), node)?;
        }
        for output in &outputs {
            self.begin(output, Origin::Transformed)?;
            self.link(node, key(output))?;
        }
        Ok(())
    }

    fn node(&mut self, event: &Event) -> Result<B256, Halt> {
        let Some(id) = &event.transformation_id else {
            return Ok(self.hash);
        };
        let name = [b"transformation ", id.as_bytes()].concat();
        self.ctx.charge(gas::keccak(name.len()))?;
        let node = keccak256(&name);
        let owner = self.trace.transformers.at(self.ctx, &node)?;
        let transformer = owner.get(self.ctx)?;
        if transformer == Address::ZERO {
            owner.set(self.ctx, &self.submitter.actor)?;
        } else if !self.submitter.speaks_for(transformer) {
            return Err(Halt::revert(NotTransformer {
                transformationId: id.clone(),
                transformer,
                caller: self.submitter.account,
            }));
        }
        Ok(node)
    }
}

fn key(named: &Named) -> B256 {
    named.id.key
}
