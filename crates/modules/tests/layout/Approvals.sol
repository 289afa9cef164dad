// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// The storage of the Approvals module as a Solidity contract would declare it.
contract Approvals {
    enum State { None, Pending, Executed, Rejected, Withdrawn, Expired }
    enum Stage { None, Make, Check, Approve }

    struct Uint64Set {
        uint64[] values;
        mapping(uint64 => uint256) positions;
    }

    struct Counters {
        uint64 operations;
        uint64 rules;
    }

    struct Organisation {
        Uint64Set rules;
        mapping(bytes32 => uint64) by_target;
        Uint64Set pending;
        uint64[] operations;
    }

    struct RuleHead {
        address module;
        uint32 selector;
        bool checked;
        uint8 amount_word;
        uint64 organisation;
        uint64 expiry;
        uint64 operation;
        uint64 since;
    }

    struct StoredLimit {
        Stage stage;
        uint8 role;
        uint256 amount;
    }

    struct StoredRule {
        RuleHead head;
        StoredLimit[] limits;
    }

    struct Head {
        address module;
        State state;
        bool checked;
        uint64 organisation;
        uint64 rule;
        uint64 made;
        uint64 expires;
        uint64 closed;
    }

    struct People {
        address maker;
        address checker;
        address checker_principal;
        address approver;
        address approver_principal;
        address rejecter;
    }

    struct Operation {
        Head head;
        People people;
        bytes input;
        string reason;
    }

    struct StoredDelegation {
        address delegate;
        uint64 until;
    }

    Counters counters;
    mapping(uint64 => Organisation) organisations;
    mapping(uint64 => StoredRule) rules;
    mapping(uint64 => Operation) operations;
    mapping(address => Uint64Set) made;
    mapping(address => mapping(uint8 => StoredDelegation)) delegations;
}
