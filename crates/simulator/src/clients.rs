//! Clients that send transactions to nodes.

use crate::{
    machine::mix,
    node::{Live, World},
    plan::Sabotage,
};
use alloy_consensus::{SignableTransaction as _, TxEip1559, TxEnvelope};
use alloy_primitives::{Address, B256, TxKind, U256};
use alloy_signer::SignerSync as _;
use alloy_signer_local::PrivateKeySigner;
use qiantang_api::HeadState;
use qiantang_types::{GenesisAccount, Transaction};
use std::{collections::BTreeMap, time::Duration};

/// Accounts that send.
const ACCOUNTS: u64 = 8;

/// Wei that each of them has at the start.
const WEALTH: u64 = 1_000_000;

/// Gas of a plain transfer.
const TRANSFER_GAS: u64 = 21_000;

/// Gas of a call of a module at the most.
const CALL_GAS: u64 = 20_000_000;

/// A key, and the nonce of its next transaction.
pub(crate) struct Wallet {
    signer: PrivateKeySigner,
    nonce: u64,
}

impl Wallet {
    /// The wallet of a number, as the seed has it.
    pub(crate) fn new(seed: u64, number: u64) -> Result<Self, String> {
        let mut secret = [0; 32];
        let words = secret.chunks_exact_mut(8);
        for (place, word) in (0u64..).zip(words) {
            let state = seed ^ number.rotate_left(32) ^ place.rotate_left(48);
            word.copy_from_slice(&mix(state).to_be_bytes());
        }
        let signer = PrivateKeySigner::from_bytes(&B256::from(secret));
        let signer = signer.map_err(|error| format!("wallet {number}: {error}"))?;
        Ok(Self { signer, nonce: 0 })
    }

    pub(crate) const fn address(&self) -> Address {
        self.signer.address()
    }

    /// Its next transaction, a call.
    pub(crate) fn call(&self, chain_id: u64, to: Address, input: Vec<u8>) -> TxEip1559 {
        TxEip1559 {
            chain_id,
            nonce: self.nonce,
            gas_limit: CALL_GAS,
            to: TxKind::Call(to),
            input: input.into(),
            ..TxEip1559::default()
        }
    }

    /// Gives its next transaction to a node; answers with the hash where the node took it. One that
    /// is behind may refuse, and the wallet tries again with another.
    pub(crate) fn send(
        &mut self,
        unsigned: TxEip1559,
        world: &World,
        (index, live): (usize, &Live),
        at: Duration,
    ) -> Result<Option<B256>, String> {
        let transaction = sign(&self.signer, unsigned)?;
        let hash = transaction.hash();
        let head = HeadState::new(live.store.clone(), world.spec.clone());
        let results = live.pool.admit(vec![transaction], &head);
        let Some(Ok(_)) = results.first() else {
            return Ok(None);
        };
        self.nonce = self.nonce.saturating_add(1);
        if world.sabotage == Some(Sabotage::LoseTransactions)
            && hash.last().is_some_and(|byte| byte % 8 == 0)
        {
            live.pool.remove_refused(&hash, &"sabotage");
        }
        world.ledger.acknowledge(hash, index, at);
        world
            .trace
            .say(at, || format!("node {index} takes transaction {hash}"));
        Ok(Some(hash))
    }
}

/// The clients of a network.
pub(crate) struct Clients(Vec<Wallet>);

impl Clients {
    /// Clients whose keys follow from a seed.
    pub(crate) fn new(seed: u64) -> Result<Self, String> {
        let wallets = (0..ACCOUNTS).map(|number| Wallet::new(seed, number));
        Ok(Self(wallets.collect::<Result<_, String>>()?))
    }

    /// Their accounts in the first block.
    pub(crate) fn allocation(&self) -> BTreeMap<Address, GenesisAccount> {
        let funded = |wallet: &Wallet| {
            let account = GenesisAccount {
                balance: U256::from(WEALTH),
                ..GenesisAccount::default()
            };
            (wallet.address(), account)
        };
        self.0.iter().map(funded).collect()
    }

    fn address(&self, number: u64) -> Option<Address> {
        let index = usize::try_from(number.checked_rem(ACCOUNTS)?).ok()?;
        Some(self.0.get(index)?.address())
    }

    /// One of them, which `random` picks, pays another through a node.
    pub(crate) fn pay(
        &mut self,
        random: u64,
        world: &World,
        to: (usize, &Live),
        at: Duration,
    ) -> Result<(), String> {
        let payee = self.address(random >> 16).unwrap_or_default();
        let picked = usize::try_from(random % ACCOUNTS).unwrap_or_default();
        let Some(wallet) = self.0.get_mut(picked) else {
            return Ok(());
        };
        let unsigned = TxEip1559 {
            gas_limit: TRANSFER_GAS,
            value: U256::from((random >> 32) % 100),
            ..wallet.call(world.spec.chain_id, payee, Vec::new())
        };
        wallet.send(unsigned, world, to, at).map(drop)
    }
}

fn sign(signer: &PrivateKeySigner, unsigned: TxEip1559) -> Result<Transaction, String> {
    let signature = signer.sign_hash_sync(&unsigned.signature_hash());
    let signature = signature.map_err(|error| error.to_string())?;
    let envelope = TxEnvelope::from(unsigned.into_signed(signature));
    Transaction::from_envelope(envelope).map_err(|error| error.to_string())
}
