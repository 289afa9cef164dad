//! Execute a block: the virtual machine, the modules, the rules.
