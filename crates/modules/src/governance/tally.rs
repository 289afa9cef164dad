//! Counting votes. Pure arithmetic: nothing here reads storage.

use super::{
    IGovernance::{Choice, State, Tally},
    rules::{FULL, StoredRule},
};
use std::cmp::Ordering;

/// Whether an organisation of the electorate can act now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    /// Its vote counts, and it may still vote.
    Active,
    /// Neither, unless it is restored before the end.
    Suspended,
    /// Removed for ever.
    Gone,
}

/// One organisation of the electorate.
#[derive(Clone, Copy, Debug)]
pub(super) struct Voter {
    pub(super) weight: u32,
    pub(super) choice: Choice,
    pub(super) presence: Presence,
    /// Whether the rule gives it a veto.
    pub(super) has_veto: bool,
}

/// The votes of an electorate, and what is still open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Count {
    /// Weight of the active organisations.
    pub(super) electorate: u64,
    pub(super) yes: u64,
    /// Vetoes included.
    pub(super) no: u64,
    pub(super) abstain: u64,
    /// Organisations.
    pub(super) vetoes: u32,
    /// Weight that may still be cast: active and silent, or suspended.
    open: u64,
    /// Weight of the suspended, which is not in `electorate`.
    suspended: u64,
    /// Organisations that may still veto.
    open_vetoes: u32,
}

impl Count {
    pub(super) fn of(voters: &[Voter]) -> Self {
        voters.iter().fold(Self::default(), Self::with)
    }

    fn with(mut self, voter: &Voter) -> Self {
        let weight = u64::from(voter.weight);
        let is_active = match voter.presence {
            Presence::Active => true,
            Presence::Suspended => false,
            Presence::Gone => return self,
        };
        if is_active {
            self.electorate = self.electorate.saturating_add(weight);
        } else {
            self.suspended = self.suspended.saturating_add(weight);
        }
        let choice = if is_active {
            voter.choice
        } else {
            Choice::None
        };
        let counter = match choice {
            Choice::None => &mut self.open,
            Choice::Yes => &mut self.yes,
            Choice::No | Choice::Veto => &mut self.no,
            Choice::Abstain => &mut self.abstain,
            Choice::__Invalid => return self,
        };
        *counter = counter.saturating_add(weight);
        match choice {
            Choice::Veto => self.vetoes = self.vetoes.saturating_add(1),
            Choice::None if voter.has_veto => {
                self.open_vetoes = self.open_vetoes.saturating_add(1);
            }
            _ => {}
        }
        self
    }

    /// The outcome when nobody can vote any more.
    pub(super) fn outcome(&self, rule: &StoredRule) -> State {
        if self.is_vetoed(rule) {
            State::Vetoed
        } else if !self.reaches_quorum(rule, self.electorate) {
            State::Expired
        } else if reaches(self.yes, self.yes.saturating_add(self.no), rule.threshold) {
            State::Passed
        } else {
            State::Rejected
        }
    }

    /// The outcome that no further vote can change, if there is one.
    ///
    /// Suspended organisations count as undecided, because a restoration before the end would give
    /// them their votes back.
    pub(super) fn settled(&self, rule: &StoredRule) -> Option<State> {
        if self.is_vetoed(rule) {
            return Some(State::Vetoed);
        }
        let (best, cast) = (
            self.yes.saturating_add(self.open),
            self.yes.saturating_add(self.no).saturating_add(self.open),
        );
        if !reaches(best, cast, rule.threshold) {
            return Some(State::Rejected);
        }
        let may_be_vetoed = rule.vetoes > 0
            && self.vetoes.saturating_add(self.open_vetoes) >= u32::from(rule.vetoes);
        let everybody = self.electorate.saturating_add(self.suspended);
        let has_passed = !may_be_vetoed
            && self.reaches_quorum(rule, everybody)
            && reaches(self.yes, cast, rule.threshold);
        has_passed.then_some(State::Passed)
    }

    fn is_vetoed(&self, rule: &StoredRule) -> bool {
        rule.vetoes > 0 && self.vetoes >= u32::from(rule.vetoes)
    }

    fn reaches_quorum(&self, rule: &StoredRule, electorate: u64) -> bool {
        let cast = self
            .yes
            .saturating_add(self.no)
            .saturating_add(self.abstain);
        reaches(cast, electorate, rule.quorum)
    }
}

impl From<Count> for Tally {
    fn from(count: Count) -> Self {
        Self {
            electorate: count.electorate,
            yes: count.yes,
            no: count.no,
            abstain: count.abstain,
            vetoes: count.vetoes,
        }
    }
}

/// Whether `part` is at least `share` basis points of `whole`. Nothing is no share of nothing.
fn reaches(part: u64, whole: u64, share: u16) -> bool {
    let part = u128::from(part).saturating_mul(u128::from(FULL));
    let needed = u128::from(whole).saturating_mul(u128::from(share));
    whole > 0 && part.cmp(&needed) != Ordering::Less
}

#[cfg(test)]
mod tests;
