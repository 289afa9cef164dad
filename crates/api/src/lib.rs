//! Serve JSON-RPC; own the request and response types.
