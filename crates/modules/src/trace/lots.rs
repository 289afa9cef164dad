//! Lots: divisible, so several accounts may hold some of one at once.

use super::{
    CONTAINER_DEPTH_MAX, Expectation, Holding,
    ITrace::{AlreadyCommissioned, NotHolder},
    Item, LotStep, PARTIES_PER_ACCOUNT_MAX, STAYS_MAX,
    capture::{Movement, Session},
    custody::Touched,
    holdings::{gain, holding, lose, restore},
    identity::{Goods, account_party},
    submitter::{Submitter, acted_for},
};
use crate::{Halt, gas, identity::organisation_number};
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
                expectation.add(touched.holder, touched.amount);
                self.expect(touched.goods.item, party, expectation)
            }
            Movement::Unship(Some(party)) => {
                let expectation = self.expectation(touched, party)?;
                if self.submitter.speaks_for(expectation.from) {
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
            let actor = self.submitter.actor;
            if expected.from == actor {
                return Ok(());
            }
            self.act_as(touched, actor)?;
            touched.lot.sender = expected.from;
            touched.lot.sender_holding = holding(self.ctx, &item, expected.from)?;
            lose(self.ctx, &item, expected.from, expected.amount())?;
            return gain(self.ctx, &item, actor, touched.amount);
        }
        self.require_holder(&touched.goods)
    }

    /// Whose holding of a lot the event changes, and the holding: the actor's, unless only the
    /// submitter's own account holds some.
    pub(super) fn holder(&mut self, goods: &Goods) -> Result<(Address, Holding), Halt> {
        let Submitter { account, actor } = self.submitter;
        if goods.state.sequence == self.sequence && goods.exists() {
            // The first mention in this event has chosen, and a correction undoes that choice.
            let step = goods.item.lot_steps.at(self.ctx, &self.hash)?;
            let holder = acted_for(account, step.get(self.ctx)?.organisation);
            return Ok((holder, holding(self.ctx, &goods.item, holder)?));
        }
        let held = holding(self.ctx, &goods.item, actor)?;
        if actor == account || held.is_open() {
            return Ok((actor, held));
        }
        let own = holding(self.ctx, &goods.item, account)?;
        Ok(if own.is_open() {
            (account, own)
        } else {
            (actor, held)
        })
    }

    /// Chooses another holder than [`Self::holder`], before anything was changed.
    pub(super) fn act_as(&mut self, touched: &mut Touched, holder: Address) -> Result<(), Halt> {
        touched.holder = holder;
        touched.lot.organisation = organisation_number(holder).unwrap_or_default();
        touched.lot.own = holding(self.ctx, &touched.goods.item, holder)?;
        Ok(())
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
        let Submitter { account, actor } = self.submitter;
        let mut keys = Vec::new();
        for party in [actor, account]
            .into_iter()
            .take(if actor == account { 1 } else { 2 })
        {
            keys.push(account_party(self.ctx, party)?.key);
            let list = self.trace.parties_of.at(self.ctx, &party)?;
            for index in 0..list.len(self.ctx)?.min(PARTIES_PER_ACCOUNT_MAX) {
                if let Some(key) = list.get(self.ctx, index)? {
                    keys.push(key.get(self.ctx)?);
                }
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
        let is_ours = self.submitter.speaks_for(commissioner);
        let may = is_ours || (is_orphan && self.holds(goods)?);
        if may {
            return gain(self.ctx, &goods.item, touched.holder, touched.amount);
        }
        Err(Halt::revert(AlreadyCommissioned {
            item: goods.id.text.clone(),
            commissioner,
        }))
    }

    /// Some of a lot is used up or destroyed.
    pub(super) fn end_lot(&mut self, touched: &Touched) -> Result<(), Halt> {
        self.require_holder(&touched.goods)?;
        lose(
            self.ctx,
            &touched.goods.item,
            touched.holder,
            touched.amount,
        )
    }

    pub(super) fn require_holder(&mut self, goods: &Goods) -> Result<(), Halt> {
        if self.holds(goods)? {
            return Ok(());
        }
        Err(Halt::revert(NotHolder {
            lot: goods.id.text.clone(),
            caller: self.submitter.account,
        }))
    }

    /// Whether the submitter holds some of a lot, on its own or in a container.
    fn holds(&mut self, goods: &Goods) -> Result<bool, Halt> {
        let Submitter { account, actor } = self.submitter;
        Ok(self.is_held_by(goods, actor)?
            || (account != actor && self.is_held_by(goods, account)?))
    }

    /// Whether a party for which the submitter acts holds some of a lot.
    pub(super) fn is_held_by(&mut self, goods: &Goods, party: Address) -> Result<bool, Halt> {
        // A second mention in one event may find that the first one used up the rest.
        let is_known = goods.state.sequence == self.sequence && self.holder(goods)?.0 == party;
        if is_known || holding(self.ctx, &goods.item, party)?.is_open() {
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
            if stay.until == 0 && self.custodian_at(stay.container)? == party {
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
        let holder = acted_for(self.author, before.organisation);
        restore(self.ctx, item, holder, before.own)?;
        if before.sender != Address::ZERO {
            restore(self.ctx, item, before.sender, before.sender_holding)?;
        }
        if !before.party.is_zero() {
            self.expect(*item, before.party, before.expectation)?;
        }
        Ok(())
    }
}
