//! Who may say something about an instance, and what that changes.

use super::{
    CONTAINER_DEPTH_MAX, Holding,
    ITrace::{
        Aggregated, AlreadyCommissioned, ContainerDepth, CustodyMoved, Ended, ItemChanged, Level,
        NotCustodian, NotEmpty, NotReceiver, Origin, OriginUnverified, Status,
    },
    LotStep, STEPS_SEARCHED_MAX, State, Step, Trace,
    capture::{Movement, Named, Session},
    holdings::{Amount, gain},
    identity::Goods,
};
use crate::{Context, Halt, emit, gas, identity::organisation_number};
use alloy_primitives::{Address, B256, U256};

/// An item in the hands of an event, with what it was before.
pub(super) struct Touched {
    pub(super) goods: Goods,
    before: State,
    container_before: B256,
    /// How much of a lot the event names, where that can be counted.
    pub(super) amount: Option<Amount>,
    /// Whose holding of a lot the event changes: the actor's, or the submitter's own.
    pub(super) holder: Address,
    /// What the event found about a lot.
    pub(super) lot: LotStep,
}

/// The outermost container of something.
pub(super) struct Root {
    pub(super) custodian: Address,
    /// Whether a container on the way is named by the event too.
    is_named: bool,
}

impl Session<'_> {
    /// Finds an item; one that nobody has recorded enters the chain here, its origin unverified.
    pub(super) fn touch(&mut self, named: &Named) -> Result<Touched, Halt> {
        let mut touched = self.find(named)?;
        if !touched.goods.exists() {
            if self.ctx.parameters().trace_strict {
                return Err(Halt::revert(OriginUnverified {
                    item: touched.goods.id.text,
                }));
            }
            self.create(&mut touched, named.level, Origin::Unverified)?;
        }
        Ok(touched)
    }

    /// Finds an item, recorded or not.
    pub(super) fn find(&mut self, named: &Named) -> Result<Touched, Halt> {
        let goods = Goods::find(self.ctx, &self.trace, named.id.clone())?;
        let (holder, own) = match goods.state.level {
            Level::Lot => self.holder(&goods)?,
            _ => (self.submitter.actor, Holding::default()),
        };
        Ok(Touched {
            before: goods.state,
            container_before: goods.container,
            amount: named.amount,
            holder,
            lot: LotStep {
                own,
                organisation: organisation_number(holder).unwrap_or_default(),
                ..LotStep::default()
            },
            goods,
        })
    }

    /// Brings an item into being.
    pub(super) fn create(
        &mut self,
        touched: &mut Touched,
        level: Level,
        origin: Origin,
    ) -> Result<(), Halt> {
        let goods = &mut touched.goods;
        goods.item.id.set(self.ctx, &goods.id.text)?;
        goods.state = State {
            custodian: if level == Level::Instance {
                self.submitter.actor
            } else {
                Address::ZERO
            },
            sequence: goods.state.sequence,
            status: Status::Active,
            origin: if level == Level::Kind {
                Origin::Unverified
            } else {
                origin
            },
            level,
            corrected: false,
        };
        if goods.state.origin != Origin::Unverified {
            goods
                .item
                .commissioner
                .set(self.ctx, &self.submitter.actor)?;
        }
        if level == Level::Lot {
            // Of goods that enter mid-journey, nobody knows how much there is.
            let amount = touched.amount.filter(|_| origin != Origin::Unverified);
            gain(self.ctx, &touched.goods.item, touched.holder, amount)?;
        }
        Ok(())
    }

    /// Writes what the event did to an item, with what is needed to take it back.
    pub(super) fn write(&mut self, mut touched: Touched) -> Result<(), Halt> {
        let goods = &mut touched.goods;
        // An item may be named twice in one event; the first step holds what it was before.
        if touched.before.sequence != self.sequence {
            let receiver = match touched.before.status {
                Status::InTransit => goods.item.receiver.get(self.ctx)?,
                _ => B256::ZERO,
            };
            goods.item.steps.push(self.ctx)?.set(
                self.ctx,
                &Step {
                    event: self.hash,
                    before: touched.before,
                    container: touched.container_before,
                    receiver,
                },
            )?;
            if goods.state.level == Level::Lot {
                let step = goods.item.lot_steps.at(self.ctx, &self.hash)?;
                step.set(self.ctx, &touched.lot)?;
            }
        }
        goods.state.sequence = self.sequence;
        goods.item.state.set(self.ctx, &goods.state)?;
        if goods.container != touched.container_before {
            goods.item.container.set(self.ctx, &goods.container)?;
        }
        if let (Movement::Ship(party), Status::InTransit) = (self.movement, goods.state.status) {
            goods
                .item
                .receiver
                .set(self.ctx, &party.unwrap_or_default())?;
        }
        let custodian = match goods.state.level {
            Level::Instance => goods.state.custodian,
            _ => touched.holder,
        };
        emit(
            self.ctx,
            &ItemChanged {
                item: goods.id.key,
                eventHash: self.hash,
                id: goods.id.text.clone(),
                status: goods.state.status,
                custodian,
            },
        )
    }

    /// An event about an item that goes on living.
    pub(super) fn pass(&mut self, named: &Named, movement: Movement) -> Result<(), Halt> {
        let mut touched = self.touch(named)?;
        match touched.goods.state.level {
            Level::Lot => self.pass_lot(&mut touched, movement)?,
            Level::Instance => {
                refuse_ended(&touched.goods)?;
                if touched.goods.is_inside() {
                    let root = self.root(&touched.goods)?;
                    // The container is in the same event and answers for it.
                    if root.is_named {
                        return Ok(());
                    }
                    if movement.is_own() {
                        return Err(self.aggregated(&touched.goods)?);
                    }
                    self.require_custodian(&touched.goods, root.custodian)?;
                } else {
                    self.move_alone(&mut touched, movement)?;
                }
            }
            _ => {}
        }
        self.write(touched)
    }

    /// Moves an instance that stands alone.
    pub(super) fn move_alone(
        &mut self,
        touched: &mut Touched,
        movement: Movement,
    ) -> Result<(), Halt> {
        match movement {
            Movement::Receive => self.receive(&mut touched.goods),
            Movement::Ship(_) => {
                self.require_custodian(&touched.goods, touched.goods.state.custodian)?;
                touched.goods.state.status = Status::InTransit;
                Ok(())
            }
            Movement::Unship(_) => {
                self.require_custodian(&touched.goods, touched.goods.state.custodian)?;
                touched.goods.state.status = Status::Active;
                Ok(())
            }
            Movement::Stay | Movement::End(_) => {
                self.require_custodian(&touched.goods, touched.goods.state.custodian)
            }
        }
    }

    fn receive(&mut self, goods: &mut Goods) -> Result<(), Halt> {
        let (from, to) = (goods.state.custodian, self.submitter.actor);
        if goods.state.status != Status::InTransit {
            return self.require_custodian(goods, from);
        }
        let party = goods.item.receiver.get(self.ctx)?;
        let entry = self.trace.parties.at(self.ctx, &party)?;
        let is_named = !party.is_zero()
            && self
                .submitter
                .speaks_for(entry.binding.get(self.ctx)?.account);
        if !is_named && !self.submitter.speaks_for(from) {
            return Err(Halt::revert(NotReceiver {
                item: goods.id.text.clone(),
                receiver: entry.id.get(self.ctx)?,
                caller: self.submitter.account,
            }));
        }
        if is_named && from != to {
            let item = goods.id.key;
            emit(self.ctx, &CustodyMoved { item, from, to })?;
            goods.state.custodian = to;
        }
        goods.state.status = Status::Active;
        Ok(())
    }

    /// Commissioning, or being made.
    pub(super) fn begin(&mut self, named: &Named, origin: Origin) -> Result<(), Halt> {
        let mut touched = self.find(named)?;
        if !touched.goods.exists() {
            self.create(&mut touched, named.level, origin)?;
            return self.write(touched);
        }
        refuse_ended(&touched.goods)?;
        let commissioner = touched.goods.item.commissioner.get(self.ctx)?;
        if self.began_in_error(&touched.goods, commissioner)? {
            touched.goods.state.origin = origin;
            touched.goods.state.corrected = true;
            return self.write(touched);
        }
        match touched.goods.state.level {
            Level::Instance => {
                let goods = &touched.goods;
                let custodian = self.root(goods)?.custodian;
                // A commissioning that comes after the fact is recorded and verifies nothing.
                let is_ours = self.submitter.speaks_for(custodian);
                if goods.state.origin != Origin::Unverified || !is_ours {
                    return Err(Halt::revert(AlreadyCommissioned {
                        item: goods.id.text.clone(),
                        commissioner,
                    }));
                }
            }
            Level::Lot => self.begin_lot(&touched, commissioner)?,
            _ => {}
        }
        self.write(touched)
    }

    /// Whether the event that began an item was declared wrong by its commissioner, who says it
    /// right now, once.
    fn began_in_error(&mut self, goods: &Goods, commissioner: Address) -> Result<bool, Halt> {
        if !self.submitter.speaks_for(commissioner) || goods.state.corrected {
            return Ok(false);
        }
        let count = goods.item.steps.len(self.ctx)?;
        for index in (count.saturating_sub(STEPS_SEARCHED_MAX)..count).rev() {
            self.ctx.charge(gas::STEP)?;
            let Some(step) = goods.item.steps.get(self.ctx, index)? else {
                continue;
            };
            let step = step.get(self.ctx)?;
            if step.before.status == Status::None {
                let event = self.trace.events.at(self.ctx, &step.event)?.get(self.ctx)?;
                return Ok(event.erroneous);
            }
        }
        Ok(false)
    }

    /// Decommissioning, destroying, or being used up.
    pub(super) fn end(&mut self, named: &Named, status: Status) -> Result<(), Halt> {
        let mut touched = self.touch(named)?;
        match touched.goods.state.level {
            Level::Lot => self.end_lot(&touched)?,
            Level::Instance => {
                let goods = &mut touched.goods;
                refuse_ended(goods)?;
                if goods.is_inside() {
                    return Err(self.aggregated(goods)?);
                }
                self.require_custodian(goods, goods.state.custodian)?;
                let contents = goods.item.contents.len(self.ctx)?;
                if contents > 0 {
                    return Err(Halt::revert(NotEmpty {
                        item: goods.id.text.clone(),
                        contents: U256::from(contents),
                    }));
                }
                goods.state.status = status;
            }
            _ => {}
        }
        self.write(touched)
    }

    pub(super) fn require_custodian(&self, goods: &Goods, custodian: Address) -> Result<(), Halt> {
        if self.submitter.speaks_for(custodian) {
            return Ok(());
        }
        Err(Halt::revert(NotCustodian {
            item: goods.id.text.clone(),
            custodian,
            caller: self.submitter.account,
        }))
    }

    /// The outermost container of something, or itself.
    pub(super) fn root(&mut self, goods: &Goods) -> Result<Root, Halt> {
        let mut root = Root {
            custodian: goods.state.custodian,
            is_named: false,
        };
        let mut container = goods.container;
        for _ in 0..CONTAINER_DEPTH_MAX {
            if container.is_zero() {
                return Ok(root);
            }
            self.ctx.charge(gas::STEP)?;
            root.is_named |= self.named.contains(&container);
            let item = self.trace.items.at(self.ctx, &container)?;
            root.custodian = item.state.get(self.ctx)?.custodian;
            container = item.container.get(self.ctx)?;
        }
        if container.is_zero() {
            return Ok(root);
        }
        Err(self.too_deep(goods)?)
    }

    pub(super) fn too_deep(&mut self, goods: &Goods) -> Result<Halt, Halt> {
        let container = self.text_of(goods.container)?;
        Ok(Halt::revert(ContainerDepth {
            item: goods.id.text.clone(),
            container,
        }))
    }

    pub(super) fn aggregated(&mut self, goods: &Goods) -> Result<Halt, Halt> {
        let container = self.text_of(goods.container)?;
        Ok(Halt::revert(Aggregated {
            item: goods.id.text.clone(),
            container,
        }))
    }

    pub(super) fn text_of(&mut self, key: B256) -> Result<String, Halt> {
        self.trace.items.at(self.ctx, &key)?.id.get(self.ctx)
    }
}

pub(super) fn refuse_ended(goods: &Goods) -> Result<(), Halt> {
    if !goods.has_ended() {
        return Ok(());
    }
    Err(Halt::revert(Ended {
        item: goods.id.text.clone(),
        status: goods.state.status,
    }))
}

/// The outermost container of something, or itself.
pub(super) fn outermost(
    ctx: &mut dyn Context,
    trace: &Trace,
    goods: &Goods,
) -> Result<Goods, Halt> {
    let mut outer = goods.clone();
    for _ in 0..CONTAINER_DEPTH_MAX {
        if !outer.is_inside() {
            break;
        }
        outer = Goods::load(ctx, trace, outer.container)?;
    }
    Ok(outer)
}
