// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// The storage of the Trace module as a Solidity contract would declare it.
contract Trace {
    enum EventKind { None, Object, Aggregation, Transaction, Transformation, Association, Extended }
    enum Level { None, Instance, Lot, Kind }
    enum Status { None, Active, InTransit, Consumed, Decommissioned, Destroyed }
    enum Origin { None, Unverified, Commissioned, Transformed }

    struct EventState {
        address submitter;
        uint64 time;
        EventKind kind;
        bool erroneous;
        bool taken_back;
        bool captured;
        uint64 height;
        uint64 sequence;
        uint64 declared_time;
        uint64 organisation;
    }

    struct State {
        address custodian;
        uint64 sequence;
        Status status;
        Origin origin;
        Level level;
        bool corrected;
    }

    struct Step {
        bytes32 event_;
        State before;
        bytes32 container;
        bytes32 receiver;
    }

    struct Holding {
        uint128 amount;
        uint64 position;
        uint32 unit;
        bool is_counted;
    }

    struct Expectation {
        address from;
        uint32 unit;
        bool is_open;
        bool is_counted;
        uint128 amount;
    }

    struct LotStep {
        Holding own;
        address sender;
        uint64 organisation;
        Holding sender_holding;
        bytes32 party;
        Expectation expectation;
    }

    struct Stay {
        bytes32 container;
        uint64 from;
        uint64 until;
    }

    struct Edge {
        bytes32 node;
        bytes32 event_;
    }

    struct RecallHead {
        address commissioner;
        uint64 time;
        uint64 height;
    }

    struct Recall {
        RecallHead head;
        bytes32 via;
        string reason;
    }

    struct Binding {
        address account;
        uint64 time;
    }

    struct Party {
        Binding binding;
        string id;
    }

    struct Item {
        State state;
        bytes32 container;
        bytes32 receiver;
        address commissioner;
        string id;
        Step[] steps;
        Stay[] stays;
        bytes32[] contents;
        mapping(bytes32 => uint64) positions;
        address[] holders;
        mapping(address => Holding) holdings;
        mapping(bytes32 => Expectation) expected;
        mapping(bytes32 => LotStep) lot_steps;
        Recall recall;
    }

    uint64 sequence;
    mapping(bytes32 => EventState) events;
    mapping(bytes32 => Item) items;
    mapping(bytes32 => address) transformers;
    mapping(bytes32 => Edge[]) upstream;
    mapping(bytes32 => Edge[]) downstream;
    mapping(bytes32 => Party) parties;
    mapping(address => bytes32[]) parties_of;
}
