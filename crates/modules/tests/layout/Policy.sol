// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// The storage of the Policy module as a Solidity contract would declare it.
contract Policy {
    enum Subject { None, Everyone, Guests, Members, Role, Organisation, OrganisationRole }
    enum OrderKind { None, FreezeAccount, FreezeContract, Limit, Review, ForcedTransfer }
    enum OrderStatus { None, InForce, Released, Lifted, Used, Expired }
    enum ChallengeStatus { None, Open, Upheld, Lifted }

    struct AddressSet {
        address[] values;
        mapping(address => uint256) positions;
    }

    struct Settings {
        uint32 chain_rules;
        uint32 own_rules;
        uint32 frozen;
        uint32 quotas;
    }

    struct Numbers {
        uint64 appointments;
        uint64 orders;
        uint64 policies;
    }

    struct RuleCounts {
        uint32 everywhere;
        uint32 on_targets;
    }

    struct RuleRow {
        Subject subject;
        uint64 organisation;
        uint8 role;
        bool has_selector;
        uint32 selector;
        uint8 allow;
        uint8 deny;
    }

    struct RuleBook {
        RuleCounts counts;
        mapping(address => RuleRow[]) targets;
    }

    struct QuotaRecord {
        uint64 gas_per_block;
        uint64 gas_per_day;
        uint64 bytes_per_block;
        uint64 bytes_per_day;
    }

    struct UsageRecord {
        uint64 height;
        uint64 gas_in_block;
        uint64 bytes_in_block;
        uint64 day;
        uint64 gas_in_day;
        uint64 bytes_in_day;
    }

    struct Freeze {
        uint64 account_until;
        uint64 account_order;
        uint64 contract_until;
        uint64 contract_order;
    }

    struct Target {
        Freeze freeze;
        uint64 organisation;
        uint64[] in_force;
        uint64[] history;
    }

    struct AppointmentHead {
        uint64 organisation;
        uint64 since;
        uint64 until;
        uint64 dismissed;
    }

    struct Appointment {
        AppointmentHead head;
        uint256 powers;
        string jurisdiction;
    }

    struct OrderHead {
        address target;
        OrderKind kind;
        OrderStatus status;
        uint64 appointment;
        uint64 organisation;
        uint64 issued;
        uint64 until;
        uint64 ended;
    }

    struct OrderTerms {
        address token;
        address to;
        uint256 amount;
        bytes32 document_hash;
    }

    struct ChallengeHead {
        ChallengeStatus status;
        address by;
        uint64 time;
        uint64 authority;
        uint64 decided;
    }

    struct Challenge {
        ChallengeHead head;
        string grounds;
        string reason;
    }

    struct Spent {
        uint64 day;
        uint256 amount;
    }

    struct Order {
        OrderHead head;
        OrderTerms terms;
        string jurisdiction;
        string legal_basis;
        string end_reason;
        Challenge challenge;
        mapping(address => Spent) spent;
        mapping(bytes32 => uint64) approved;
    }

    struct TermsRecord {
        uint64 owner;
        bool allow_listed;
        bool deny_listed;
        uint8 level;
        uint32 remittance;
        uint128 per_transfer;
        uint128 per_day;
        uint128 per_month;
    }

    struct Sent {
        uint64 day;
        uint64 month;
        uint128 in_day;
        uint128 in_month;
    }

    struct TransferPolicy {
        TermsRecord terms;
        string name;
        AddressSet allowed;
        AddressSet denied;
        AddressSet tokens;
        mapping(address => mapping(address => Sent)) sent;
    }

    Settings settings;
    Numbers numbers;
    mapping(uint64 => RuleBook) rules;
    mapping(uint64 => QuotaRecord) quotas;
    mapping(uint64 => UsageRecord) usage;
    mapping(address => Target) targets;
    mapping(uint64 => Appointment) appointments;
    uint64[] serving;
    mapping(string => uint64) authorities;
    mapping(uint64 => uint32) authority_of;
    mapping(uint64 => Order) orders;
    mapping(uint64 => TransferPolicy) policies;
}
