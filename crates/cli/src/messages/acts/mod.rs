//! What an action does, in one sentence: said before it is signed. The first place is who acts.

mod approvals;
mod governance;
mod identity;
mod policy;
mod schedule;
mod trace;

pub(crate) use approvals::ApprovalsAct;
pub(crate) use governance::GovernanceAct;
pub(crate) use identity::IdentityAct;
pub(crate) use policy::{PolicyAct, denial};
pub(crate) use schedule::ScheduleAct;
pub(crate) use trace::TraceAct;
