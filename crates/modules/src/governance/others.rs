//! What Governance asks of the modules that come after it in this chain's history.

use alloy_primitives::{Address, address};

pub(super) const SCHEDULER: Address = address!("0x7174000000000000000000000000000000000013");

alloy_sol_types::sol! {
    interface IScheduler {
        function setCalendarYear(
            string calldata calendar, uint16 year, uint256[2] calldata workingDays
        ) external;
        function setTimeZone(
            string calldata name, string calldata posixRule, uint64 from
        ) external;
        function setAllowance(uint64 organisation, uint64 gasPerDay) external;
    }
}
