//! Everything before the first transfer: contracts, senders, balances.

use super::{
    super::of_client,
    contracts::{Disperse, Token, disperse_code, token_code},
};
use crate::{arguments::Transfers, failure::Failure, messages::Message, output::Output};
use alloy_consensus::TxEip1559;
use alloy_primitives::{Address, B256, Bytes, TxKind, U256, keccak256};
use alloy_sol_types::SolCall;
use qiantang_client::{Account, Call, Client, PrivateKeySigner, Request};
use serde_json::json;
use std::time::{Duration, Instant};

/// Accounts in one transaction that gives them something: within the gas that EIP-7825 allows a
/// transaction.
const CHUNK: usize = 300;

/// Transactions of the preparation that are under way at the same time.
const PIPELINE: u64 = 200;

/// Gas of a transaction that gives [`CHUNK`] accounts something new.
const CHUNK_GAS: u64 = 15_000_000;

/// How much higher the fees are than what the node asks for, because full blocks raise them.
const FEE_MARGIN: u128 = 10;

/// Gas added to the estimate of a transfer.
const TRANSFER_GAS_MARGIN: u64 = 20_000;

/// Without progress for this long the preparation has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// Pause between two looks at the chain.
const PAUSE: Duration = Duration::from_millis(50);

/// An account that sends.
pub(super) struct Sender {
    pub(super) key: B256,
    pub(super) address: Address,
}

/// The scene, ready for the first transfer.
pub(super) struct Stage {
    pub(super) client: Client,
    pub(super) chain_id: u64,
    pub(super) token: Address,
    pub(super) senders: Vec<Sender>,
    pub(super) recipients: Vec<Address>,
    /// Tokens that all recipients hold before the run.
    pub(super) held: U256,
    pub(super) gas: u64,
    pub(super) fee: u128,
}

/// Deploys, funds, mints and, where asked, fills the state with accounts.
pub(super) async fn prepare(
    output: Output,
    account: &Account,
    arguments: &Transfers,
) -> Result<Stage, Failure> {
    let of_client = of_client(output);
    let client = account.client().clone();
    let chain_id = client.chain_id().await.map_err(&of_client)?;
    let fee = client
        .gas_price()
        .await
        .map_err(&of_client)?
        .saturating_mul(FEE_MARGIN);
    let mut works = Works {
        output,
        account,
        chain_id,
        fee,
    };

    let spinner = output.spinner(Message::BenchDeploying);
    let token = works.deploy(token_code()).await?;
    let disperse = works.deploy(disperse_code()).await?;
    spinner.finish_and_clear();
    let (senders, recipients) = cast(arguments);
    let share = arguments.transactions.div_ceil(arguments.accounts);
    let addresses: Vec<Address> = senders.iter().map(|sender| sender.address).collect();
    works.mint(token, &addresses, U256::from(share)).await?;
    works.mint(token, &recipients, U256::ONE).await?;
    works.fill(disperse, arguments.prefill).await?;

    let request = Request {
        from: addresses.first().copied(),
        to: Some(token),
        value: None,
        input: transfer_input(recipients.first().copied().unwrap_or_default()),
    };
    let gas = client.estimate_gas(&request).await.map_err(&of_client)?;
    let gas = gas.saturating_add(TRANSFER_GAS_MARGIN);
    let ether = U256::from(fee).saturating_mul(U256::from(gas.saturating_mul(share)));
    works.fund(disperse, &addresses, ether).await?;
    let held = U256::from(recipients.len());
    Ok(Stage {
        client,
        chain_id,
        token,
        senders,
        recipients,
        held,
        gas,
        fee,
    })
}

/// Call data of a transfer of one unit.
pub(super) fn transfer_input(to: Address) -> Bytes {
    Token::transferCall {
        to,
        value: U256::ONE,
    }
    .abi_encode()
    .into()
}

/// Fresh senders and recipients, so that every run begins with nonce 0 on any chain.
fn cast(arguments: &Transfers) -> (Vec<Sender>, Vec<Address>) {
    let run: [u8; 32] = rand::random();
    let seed = |role: &str, number: u64| {
        keccak256([role.as_bytes(), run.as_slice(), &number.to_be_bytes()].concat())
    };
    let senders = (0..arguments.accounts)
        .filter_map(|number| {
            let key = seed("sender", number);
            let address = PrivateKeySigner::from_bytes(&key).ok()?.address();
            Some(Sender { key, address })
        })
        .collect();
    let recipients = (0..arguments.recipients)
        .map(|number| Address::from_word(seed("recipient", number)))
        .collect();
    (senders, recipients)
}

/// The account that prepares, and what its transactions need.
struct Works<'a> {
    output: Output,
    account: &'a Account,
    chain_id: u64,
    fee: u128,
}

impl Works<'_> {
    async fn deploy(&self, code: Bytes) -> Result<Address, Failure> {
        let call = Call {
            input: code,
            ..Call::default()
        };
        let receipt = self
            .account
            .send(call)
            .await
            .map_err(of_client(self.output))?;
        receipt.contract_address.ok_or_else(|| {
            self.output
                .failure(Message::TransactionFailed, &[&receipt.transaction_hash])
        })
    }

    async fn mint(
        &mut self,
        token: Address,
        accounts: &[Address],
        value: U256,
    ) -> Result<(), Failure> {
        let inputs = accounts.chunks(CHUNK).map(|chunk| {
            let call = Token::mintCall {
                accounts: chunk.to_vec(),
                value,
            };
            (call.abi_encode().into(), U256::ZERO)
        });
        self.send_all(Message::BenchMinting, token, inputs.collect())
            .await?;
        for account in [accounts.first(), accounts.last()].into_iter().flatten() {
            let held = balance_of(self.output, self.account.client(), token, *account).await?;
            if held < value {
                return Err(self
                    .output
                    .failure(Message::BenchMintFailed, &[account, &held]));
            }
        }
        Ok(())
    }

    async fn fund(
        &mut self,
        disperse: Address,
        accounts: &[Address],
        each: U256,
    ) -> Result<(), Failure> {
        if each.is_zero() {
            return Ok(());
        }
        let of_client = of_client(self.output);
        let client = self.account.client();
        let balance = client
            .balance(self.account.address())
            .await
            .map_err(&of_client)?;
        let needed = each.saturating_mul(U256::from(accounts.len()));
        if balance < needed {
            return Err(self
                .output
                .failure(Message::BenchPoor, &[&balance, &needed])
                .hint(self.output.lang, Message::BenchPoorHint));
        }
        let inputs = accounts.chunks(CHUNK).map(|chunk| {
            let call = Disperse::disperseCall {
                accounts: chunk.to_vec(),
            };
            let value = each.saturating_mul(U256::from(chunk.len()));
            (call.abi_encode().into(), value)
        });
        self.send_all(Message::BenchFunding, disperse, inputs.collect())
            .await
    }

    /// Gives the numbered accounts one wei each, unless an earlier run did.
    async fn fill(&mut self, disperse: Address, count: u64) -> Result<(), Failure> {
        let Some(last) = count.checked_sub(1) else {
            return Ok(());
        };
        let of_client = of_client(self.output);
        let client = self.account.client().clone();
        let last = numbered(self.output, &client, disperse, last).await?;
        if !client.balance(last).await.map_err(&of_client)?.is_zero() {
            return Ok(());
        }
        let inputs = (0..count).step_by(CHUNK).map(|start| {
            let some = (CHUNK as u64).min(count.saturating_sub(start));
            let call = Disperse::fillCall {
                start: U256::from(start),
                count: U256::from(some),
            };
            (call.abi_encode().into(), U256::from(some))
        });
        self.send_all(Message::BenchPrefill, disperse, inputs.collect())
            .await?;
        let balance = client.balance(last).await.map_err(&of_client)?;
        if balance.is_zero() {
            return Err(self
                .output
                .failure(Message::BenchMintFailed, &[&last, &balance]));
        }
        Ok(())
    }

    /// Sends many calls of one contract with consecutive nonces, a bounded number at a time.
    async fn send_all(
        &mut self,
        message: Message,
        to: Address,
        calls: Vec<(Bytes, U256)>,
    ) -> Result<(), Failure> {
        let of_client = of_client(self.output);
        let client = self.account.client();
        let bar = self.output.progress(message, calls.len() as u64);
        let mut nonce = self.nonce("pending").await?;
        for group in calls.chunks(usize::try_from(PIPELINE).unwrap_or(usize::MAX)) {
            let mut signed = Vec::with_capacity(group.len());
            for (input, value) in group {
                let unsigned = TxEip1559 {
                    chain_id: self.chain_id,
                    nonce,
                    gas_limit: CHUNK_GAS,
                    max_fee_per_gas: self.fee,
                    max_priority_fee_per_gas: 0,
                    to: TxKind::Call(to),
                    value: *value,
                    access_list: Default::default(),
                    input: input.clone(),
                };
                let transaction = self.account.sign(unsigned).map_err(&of_client)?;
                signed.push(json!([transaction.encoded()]));
                nonce = nonce.saturating_add(1);
            }
            let count = signed.len() as u64;
            let answers = client
                .batch::<B256>("eth_sendRawTransaction", signed.into_iter())
                .await;
            for answer in answers.map_err(&of_client)? {
                answer.map_err(&of_client)?;
            }
            self.wait_for(nonce).await?;
            bar.inc(count);
        }
        bar.finish_and_clear();
        Ok(())
    }

    async fn nonce(&self, block: &str) -> Result<u64, Failure> {
        let parameters = json!([self.account.address(), block]);
        let client = self.account.client();
        let nonce: alloy_primitives::U64 = client
            .request("eth_getTransactionCount", parameters)
            .await
            .map_err(of_client(self.output))?;
        Ok(nonce.to())
    }

    /// Waits until the account's transactions before this nonce are in blocks.
    async fn wait_for(&self, nonce: u64) -> Result<(), Failure> {
        let mut reached = (0, Instant::now());
        loop {
            let found = self.nonce("latest").await?;
            if found >= nonce {
                return Ok(());
            }
            if found > reached.0 {
                reached = (found, Instant::now());
            }
            if reached.1.elapsed() > PATIENCE {
                let (missing, seconds) = (nonce.saturating_sub(found), PATIENCE.as_secs());
                return Err(self
                    .output
                    .failure(Message::BenchStuck, &[&seconds, &missing, &nonce])
                    .hint(self.output.lang, Message::BenchStuckHint));
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

async fn view<C: SolCall>(
    output: Output,
    client: &Client,
    to: Address,
    call: C,
) -> Result<C::Return, Failure> {
    let request = Request {
        to: Some(to),
        input: call.abi_encode().into(),
        ..Request::default()
    };
    let answer = client.call(&request).await.map_err(of_client(output))?;
    C::abi_decode_returns(&answer).map_err(|error| {
        output
            .failure(Message::NodeUnexpected, &[&"eth_call", &error])
            .hint(output.lang, Message::NodeUnexpectedHint)
    })
}

/// Tokens of an account.
pub(super) async fn balance_of(
    output: Output,
    client: &Client,
    token: Address,
    account: Address,
) -> Result<U256, Failure> {
    view(output, client, token, Token::balanceOfCall { account }).await
}

async fn numbered(
    output: Output,
    client: &Client,
    disperse: Address,
    number: u64,
) -> Result<Address, Failure> {
    let call = Disperse::numberedCall {
        number: U256::from(number),
    };
    view(output, client, disperse, call).await
}
