// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// What an ERC-20 token does in a transfer, and nothing else.
contract Token {
    event Transfer(address indexed from, address indexed to, uint256 value);

    mapping(address holder => uint256) public balanceOf;

    function transfer(address to, uint256 value) external returns (bool) {
        balanceOf[msg.sender] -= value;
        balanceOf[to] += value;
        emit Transfer(msg.sender, to, value);
        return true;
    }
}
