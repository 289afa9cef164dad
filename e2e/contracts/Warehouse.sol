// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// Counts tins on shelves: an event, a mapping, a custom error and a view are all that the tests
/// need of a contract.
contract Warehouse {
    event Stored(address indexed by, bytes32 indexed shelf, uint256 tins, uint256 total);

    error NotEnough(bytes32 shelf, uint256 wanted, uint256 found);

    mapping(bytes32 shelf => uint256 tins) public tinsOn;
    uint256 public total;
    address public immutable owner;

    constructor(uint256 initial) payable {
        owner = msg.sender;
        total = initial;
    }

    function store(bytes32 shelf, uint256 tins) external returns (uint256) {
        tinsOn[shelf] += tins;
        total += tins;
        emit Stored(msg.sender, shelf, tins, total);
        return total;
    }

    function take(bytes32 shelf, uint256 tins) external {
        uint256 found = tinsOn[shelf];
        if (found < tins) revert NotEnough(shelf, tins, found);
        tinsOn[shelf] = found - tins;
        total -= tins;
    }
}
