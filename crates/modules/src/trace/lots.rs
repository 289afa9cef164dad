//! Lots: divisible, so several accounts may hold some of one at once.

use super::{
    CONTAINER_DEPTH_MAX, Expectation,
    ITrace::{AlreadyCommissioned, NotHolder},
    Item, LotStep, PARTIES_PER_ACCOUNT_MAX, STAYS_MAX,
    capture::{Movement, Session},
    custody::Touched,
    holdings::{gain, holding, lose, restore},
    identity::{Goods, account_party},
};
use crate::{Halt, gas};
use alloy_primitives::{Address, B256};

impl Session<'_> {
    /// An event about a lot that goes on living.
    pub(super) fn pass_lot(
        &mut self,
        touched: &mut Touched,
        movement: Movement,
    ) -> Result<(), Halt> {
        if movement == Movement::Receive {
            return self.receive_lot(touched);
        }
        self.require_holder(&touched.goods)?;
        match movement {
            Movement::Ship(Some(party)) => {
                let mut expectation = self.expectation(touched, party)?;
                expectation.add(self.caller, touched.amount);
                self.expect(touched.goods.item, party, expectation)
            }
            Movement::Unship(Some(party)) => {
                let expectation = self.expectation(touched, party)?;
                if expectation.from == self.caller {
                    self.expect(touched.goods.item, party, Expectation::default())?;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn receive_lot(&mut self, touched: &mut Touched) -> Result<(), Halt> {
        let item = touched.goods.item;
        for party in self.own_parties()? {
            let expected = item.expected.at(self.ctx, &party)?.get(self.ctx)?;
            if !expected.is_open {
                continue;
            }
            self.expectation(touched, party)?;
            self.expect(item, party, Expectation::default())?;
            if expected.from == self.caller {
                return Ok(());
            }
            touched.lot.sender = expected.from;
            touched.lot.sender_holding = holding(self.ctx, &item, expected.from)?;
            lose(self.ctx, &item, expected.from, expected.amount())?;
            return gain(self.ctx, &item, self.caller, touched.amount);
        }
        self.require_holder(&touched.goods)
    }

    /// What is under way to a party, noted for a correction.
    fn expectation(&mut self, touched: &mut Touched, party: B256) -> Result<Expectation, Halt> {
        let expectation = touched
            .goods
            .item
            .expected
            .at(self.ctx, &party)?
            .get(self.ctx)?;
        touched.lot.party = party;
        touched.lot.expectation = expectation;
        Ok(expectation)
    }

    fn expect(&mut self, item: Item, party: B256, expectation: Expectation) -> Result<(), Halt> {
        item.expected
            .at(self.ctx, &party)?
            .set(self.ctx, &expectation)
    }

    fn own_parties(&mut self) -> Result<Vec<B256>, Halt> {
        let mut keys = vec![account_party(self.ctx, self.caller)?.key];
        let list = self.trace.parties_of.at(self.ctx, &self.caller)?;
        for index in 0..list.len(self.ctx)?.min(PARTIES_PER_ACCOUNT_MAX) {
            if let Some(key) = list.get(self.ctx, index)? {
                keys.push(key.get(self.ctx)?);
            }
        }
        Ok(keys)
    }

    /// More of a lot that exists: by who may already say something about it.
    pub(super) fn begin_lot(
        &mut self,
        touched: &Touched,
        commissioner: Address,
    ) -> Result<(), Halt> {
        let goods = &touched.goods;
        let is_orphan = commissioner == Address::ZERO;
        let may = commissioner == self.caller || (is_orphan && self.holds(goods)?);
        if may {
            return gain(self.ctx, &goods.item, self.caller, touched.amount);
        }
        Err(Halt::revert(AlreadyCommissioned {
            item: goods.id.text.clone(),
            commissioner,
        }))
    }

    /// Some of a lot is used up or destroyed.
    pub(super) fn end_lot(&mut self, touched: &Touched) -> Result<(), Halt> {
        self.require_holder(&touched.goods)?;
        lose(self.ctx, &touched.goods.item, self.caller, touched.amount)
    }

    pub(super) fn require_holder(&mut self, goods: &Goods) -> Result<(), Halt> {
        if self.holds(goods)? {
            return Ok(());
        }
        Err(Halt::revert(NotHolder {
            lot: goods.id.text.clone(),
            caller: self.caller,
        }))
    }

    /// Whether the submitter holds some of a lot, on its own or in a container.
    fn holds(&mut self, goods: &Goods) -> Result<bool, Halt> {
        // A second mention in one event may find that the first one used up the rest.
        let is_known = goods.state.sequence == self.sequence;
        if is_known || holding(self.ctx, &goods.item, self.caller)?.is_open() {
            return Ok(true);
        }
        let stays = goods.item.stays;
        let count = stays.len(self.ctx)?;
        for index in (count.saturating_sub(STAYS_MAX)..count).rev() {
            self.ctx.charge(gas::STEP)?;
            let Some(stay) = stays.get(self.ctx, index)? else {
                continue;
            };
            let stay = stay.get(self.ctx)?;
            if stay.until == 0 && self.custodian_at(stay.container)? == self.caller {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn custodian_at(&mut self, mut container: B256) -> Result<Address, Halt> {
        let mut custodian = Address::ZERO;
        for _ in 0..CONTAINER_DEPTH_MAX {
            if container.is_zero() {
                break;
            }
            let item = self.trace.items.at(self.ctx, &container)?;
            custodian = item.state.get(self.ctx)?.custodian;
            container = item.container.get(self.ctx)?;
        }
        Ok(custodian)
    }

    /// Takes back what the event did to the holdings of a lot.
    pub(super) fn restore_lot(&mut self, item: &Item) -> Result<(), Halt> {
        let before: LotStep = item.lot_steps.at(self.ctx, &self.hash)?.get(self.ctx)?;
        restore(self.ctx, item, self.caller, before.own)?;
        if before.sender != Address::ZERO {
            restore(self.ctx, item, before.sender, before.sender_holding)?;
        }
        if !before.party.is_zero() {
            self.expect(*item, before.party, before.expectation)?;
        }
        Ok(())
    }
}
