// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// The storage of the Identity module as a Solidity contract would declare it.
contract Identity {
    enum OrganisationKind {
        None, Bank, Enterprise, Hospital, University, Court, Regulator, Government, Insurer,
        Association, Other
    }
    enum OrganisationStatus { None, Active, Suspended, Removed }
    enum AccountStatus { None, Active, Suspended, Closed }
    enum KeyState { Own, Revoked, Signer }

    struct AddressSet {
        address[] values;
        mapping(address => uint256) positions;
    }

    struct Totals {
        uint64 admitted;
        uint64 active;
    }

    struct OrganisationHead {
        OrganisationKind kind;
        OrganisationStatus status;
        uint32 administrators;
        uint64 roles;
        uint64 admitted;
        uint64 changed;
    }

    struct RecoveryRules {
        uint8 votes;
        uint64 delay;
        uint8 next_votes;
        uint64 next_delay;
        uint64 next_from;
    }

    struct Role {
        uint256 permissions;
        uint32 holders;
        string name;
    }

    struct Organisation {
        OrganisationHead head;
        RecoveryRules recovery;
        string name;
        string jurisdiction;
        AddressSet members;
        AddressSet administrators;
        mapping(uint8 => Role) roles;
        mapping(uint8 => string) permissions;
    }

    struct AccountRecord {
        uint64 organisation;
        AccountStatus status;
        uint8 level;
        KeyState key;
        bool restricted;
        address signer_for;
    }

    struct Grants {
        uint128 roles;
        uint64 joined;
        uint64 changed;
    }

    struct Keys {
        address current;
        uint64 nonce;
    }

    struct Recovery {
        address new_key;
        uint8 needed;
        uint64 ready;
        uint64 proposed;
        uint64 expires;
    }

    struct Account {
        AccountRecord record;
        Grants grants;
        Keys keys;
        bytes32 attributes;
        Recovery recovery;
        address[] approvals;
    }

    Totals totals;
    mapping(uint64 => Organisation) organisations;
    mapping(string => uint64) names;
    mapping(address => Account) accounts;
}
