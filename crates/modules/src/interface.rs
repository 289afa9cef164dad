//! Errors that every module may answer with.

alloy_sol_types::sol! {
    /// Errors that are the same in every module.
    #[sol(abi)]
    interface IModule {
        /// The module has no operation with this selector.
        error UnknownSelector(bytes4 selector);
        /// The input is not the ABI encoding of the operation's arguments.
        error MalformedInput(bytes4 selector, string reason);
        /// The module takes no value.
        error NotPayable(uint256 value);
        /// The operation writes, and the call is static.
        error StaticCall();
        /// A module called one that stands above it: a fault of the caller's code.
        error Reentrant(address caller, address module);
        /// The module's code failed in a way that must be reported; the transaction did nothing.
        error Faulty(address module);
        /// An order or the members stopped what is called.
        error Frozen(address target);
        /// The registry's entries of this domain belong to another module.
        error NotYourDomain(uint32 domain, address module);
        /// A limit of the module is exceeded.
        error LimitExceeded(string limit, uint256 value, uint256 maximum);
    }
}
