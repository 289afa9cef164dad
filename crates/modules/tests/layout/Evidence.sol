// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// The storage of the Evidence module as a Solidity contract would declare it.
contract Evidence {
    enum Content { None, Digest, Batch, Commitment }
    enum Algorithm { None, Sha256, Sm3 }

    struct Head {
        bytes32 digest;
        address submitter;
        uint64 time;
        Content content;
        Algorithm algorithm;
        bool withdrawn;
        bool erased;
        uint64 organisation;
        uint64 height;
        uint64 count;
        uint64 erased_time;
        uint64 previous;
        uint64 next;
        uint64 origin;
        uint64 version;
    }

    struct Withdrawal {
        address by;
        uint64 time;
    }

    struct Deposit {
        Head head;
        string kind;
        string own_reference;
        address[] parties;
        Withdrawal withdrawal;
        string reason;
    }

    uint64 count;
    mapping(uint64 => Deposit) deposits;
    mapping(bytes32 => uint64[]) by_digest;
    mapping(address => uint64[]) by_submitter;
    mapping(uint64 => uint64[]) by_organisation;
    mapping(address => uint64[]) by_party;
}
