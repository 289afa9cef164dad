//! Admit, order and expire pending transactions.
