// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// One of everything that the storage framework offers.
contract Sample {
    struct Pair {
        uint64 left;
        address right;
        uint64 rest;
    }

    struct Inner {
        uint8 small;
        string text;
        mapping(address => uint128) amounts;
    }

    bool first;
    uint8 second;
    uint16 third;
    address fourth;
    uint64 fifth;
    uint128 sixth;
    uint256 seventh;
    uint32 eighth;
    bytes32 ninth;
    bytes data;
    string text;
    uint8 after_text;
    Pair pair;
    uint8 after_pair;
    Inner inner;
    uint64[] numbers;
    bool[] flags;
    Pair[] pairs;
    string[] texts;
    mapping(bytes32 => bool) by_hash;
    mapping(uint256 => Pair) by_number;
    mapping(string => Inner) by_text;
    mapping(address => mapping(uint64 => bytes32[])) nested;
}
