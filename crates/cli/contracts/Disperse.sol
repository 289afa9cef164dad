// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// Gives many accounts ether in one transaction, for `qiantang bench transfers`.
contract Disperse {
    error NotDivisible(uint256 value, uint256 accounts);
    error Refused(address account);

    /// Divides the transaction's value equally.
    function disperse(address[] calldata accounts) external payable {
        if (msg.value % accounts.length != 0) revert NotDivisible(msg.value, accounts.length);
        uint256 each = msg.value / accounts.length;
        for (uint256 i = 0; i < accounts.length; i++) give(accounts[i], each);
    }

    /// Gives one wei to each of the accounts numbered from `start` on.
    function fill(uint256 start, uint256 count) external payable {
        if (msg.value != count) revert NotDivisible(msg.value, count);
        for (uint256 i = start; i < start + count; i++) give(numbered(i), 1);
    }

    /// The account with a number: nobody has its key.
    function numbered(uint256 number) public pure returns (address) {
        return address(uint160(uint256(keccak256(abi.encode("qiantang bench", number)))));
    }

    function give(address account, uint256 value) private {
        (bool done,) = account.call{value: value}("");
        if (!done) revert Refused(account);
    }
}
