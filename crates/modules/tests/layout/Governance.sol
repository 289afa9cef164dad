// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// The storage of the Governance module as a Solidity contract would declare it.
contract Governance {
    enum Kind {
        None, Admission, Suspension, Restoration, Removal,
        ValidatorAddition, ValidatorRemoval, ValidatorRotation,
        Parameter, RegulatorAppointment, RegulatorDismissal, ReviewAuthority,
        ContractFreeze, ContractRelease, Quota, Allowance,
        CalendarYear, TimeZone, Upgrade, Rule, Weight,
        PolicyRule, ContractOrganisation
    }
    enum State { None, Voting, Passed, Executed, Rejected, Expired, Vetoed, Failed, Withdrawn }
    enum Choice { None, Yes, No, Abstain, Veto }

    struct Uint64Set {
        uint64[] values;
        mapping(uint64 => uint256) positions;
    }

    struct Bytes32Set {
        bytes32[] values;
        mapping(bytes32 => uint256) positions;
    }

    struct StoredParameters {
        uint64 block_gas_limit;
        uint64 transaction_gas_limit;
        uint64 member_gas_per_block;
        uint64 member_gas_per_day;
        uint64 member_bytes_per_block;
        uint64 member_bytes_per_day;
        uint64 job_gas_per_block;
        uint64 job_gas_per_day;
        uint64 epoch_length;
        bool trace_strict;
        bool members_only;
        bool is_written;
    }

    struct Upgrade {
        uint32 version;
        uint32 next;
        uint64 height;
        uint8 scheme;
    }

    struct Weight {
        bool is_set;
        uint32 weight;
    }

    struct StoredRule {
        uint16 voter_kinds;
        uint16 veto_kinds;
        uint16 quorum;
        uint16 threshold;
        uint16 vetoes;
        bool weighted;
        uint64 voting_period;
        uint64 delay;
    }

    struct Head {
        address proposer;
        Kind kind;
        State state;
        uint64 organisation;
        uint64 made;
        uint64 height;
        uint64 ends;
        uint64 due;
        uint64 closed;
        uint64 close_job;
    }

    struct StoredTally {
        uint64 electorate;
        uint64 yes;
        uint64 no;
        uint64 abstain;
        uint32 vetoes;
    }

    struct StoredBallot {
        address voter;
        uint32 weight;
        Choice choice;
        uint64 time;
    }

    struct Proposal {
        Head head;
        StoredRule rule;
        StoredTally tally;
        bytes action;
        bytes failure;
        uint64[] electors;
        mapping(uint64 => StoredBallot) ballots;
    }

    struct ValidatorHead {
        uint64 organisation;
        uint64 since;
        uint64 until;
        bool is_known;
    }

    struct StoredValidator {
        ValidatorHead head;
        bytes key;
        string peer_address;
        uint32 faults;
    }

    struct FaultHead {
        address reporter;
        uint64 organisation;
        uint64 height;
        uint64 time;
    }

    struct StoredFault {
        FaultHead head;
        bytes evidence;
    }

    StoredParameters parameters;
    Upgrade upgrade;
    uint64 count;
    Uint64Set members;
    mapping(uint64 => Weight) weights;
    mapping(uint8 => StoredRule) rules;
    mapping(uint64 => Proposal) proposals;
    Uint64Set open;
    mapping(uint64 => uint32) open_of;
    Bytes32Set keys;
    mapping(bytes32 => StoredValidator) validators;
    bytes32 anchor;
    StoredFault[] faults;
    mapping(bytes32 => bool) reported;
}
