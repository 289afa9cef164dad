//! Order blocks among the validators and finalize them.
