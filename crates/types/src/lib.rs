//! What the network agrees on: ids, blocks, transactions, receipts, codecs.
