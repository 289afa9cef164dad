//! The bench's contracts: interfaces and bytecode. Sources and a check stand in `contracts/`.

use alloy_primitives::{Bytes, hex};

alloy_sol_types::sol! {
    /// The token.
    interface Token {
        function transfer(address to, uint256 value) external returns (bool);
        function mint(address[] calldata accounts, uint256 value) external;
        function balanceOf(address account) external view returns (uint256);
    }

    /// Gives many accounts ether at once.
    interface Disperse {
        function disperse(address[] calldata accounts) external payable;
        function fill(uint256 start, uint256 count) external payable;
        function numbered(uint256 number) external pure returns (address);
    }
}

const TOKEN: &str = include_str!("../../../contracts/Token.hex");
const DISPERSE: &str = include_str!("../../../contracts/Disperse.hex");

/// Init code of the token.
pub(super) fn token_code() -> Bytes {
    code(TOKEN)
}

/// Init code of the disperser.
pub(super) fn disperse_code() -> Bytes {
    code(DISPERSE)
}

fn code(text: &str) -> Bytes {
    hex::decode(text.trim())
        .expect("the committed bytecode is hexadecimal, as a test says")
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn committed_bytecode_is_hexadecimal() {
        assert!(token_code().len() > 1000);
        assert!(disperse_code().len() > 500);
    }
}
