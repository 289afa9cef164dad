// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// The storage of the Scheduler module as a Solidity contract would declare it.
contract Scheduler {
    enum Kind {
        None, Once, AtHeight, EveryMilliseconds, EveryBlocks, Daily, Weekly, Monthly, BusinessDays
    }
    enum Adjustment { None, Following, Preceding, ModifiedFollowing }
    enum Status { None, Active, WaitingForCalendar, Frozen, Paused, Dead, Done, Cancelled }

    struct Head {
        uint64 clock;
        uint64 height;
        uint64 counter;
        uint32 rules;
        bool is_turn_of_heights;
    }

    struct Account {
        uint32 live;
        uint32 day;
        uint64 used;
        uint64 allowance;
        bool has_allowance;
    }

    struct QueueHead {
        uint64 position;
        uint64 served;
        uint64 key;
        bool is_in_clock;
    }

    struct Queue {
        QueueHead head;
        uint128[] entries;
    }

    struct Uint64Set {
        uint64[] values;
        mapping(uint64 => uint256) positions;
    }

    struct Organisation {
        Account account;
        Queue clock;
        Queue height;
        Uint64Set dead;
    }

    struct State {
        address owner;
        uint32 organisation;
        uint32 input_bytes;
        Status status;
        Kind kind;
        bool skip_missed;
    }

    struct Moment {
        uint64 due;
        uint64 at_;
        uint64 version;
        uint64 gas;
    }

    struct Call {
        address target;
        uint16 attempt;
        uint16 attempts;
        uint32 retry_after;
        uint32 selector;
    }

    struct Progress {
        uint64 until;
        uint64 previous;
        uint32 count;
        uint32 done;
        uint64 runs;
    }

    struct Plan {
        uint64 start;
        uint64 every;
        uint32 time_of_day;
        uint8 day;
        Adjustment adjustment;
        uint32 rules;
    }

    struct RunRecord {
        uint64 due;
        uint64 time;
        uint64 height;
        uint32 gas_used;
        uint16 attempt;
        bool success;
    }

    struct Failure {
        uint64 time;
        uint64 height;
    }

    struct Job {
        State state;
        Moment moment;
        Call call;
        Progress progress;
        Plan plan;
        bytes input;
        string zone;
        string calendar;
        RunRecord[] runs;
        Failure failed;
        bytes reason;
    }

    struct CalendarYear {
        uint256 first;
        uint256 rest;
    }

    struct Calendar {
        uint64 count;
        mapping(uint16 => CalendarYear) years_;
    }

    struct ZoneRule {
        uint64 from;
        string rule;
    }

    Head head;
    uint64 sequence;
    uint128[] clock;
    uint128[] height;
    mapping(uint64 => Organisation) organisations;
    mapping(uint64 => Job) jobs;
    mapping(address => uint64[]) owned;
    mapping(string => Calendar) calendars;
    mapping(string => ZoneRule[]) zones;
}
