//! Reading blocks, transactions, receipts and certificates.

use super::{Store, StoreError, layout, layout::Kind};
use alloy_primitives::{B256, Bytes};
use alloy_rlp::Encodable as _;
use qiantang_types::{
    BLOCK_FORMAT, Block, Boundary, Header, Height, LedgerHash, Receipt, Transaction,
};

/// A receipt with its place among the block's logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexedReceipt {
    /// The receipt.
    pub receipt: Receipt,
    /// Logs in the block before its first: the `logIndex` of that one.
    pub first_log: u32,
}

impl Store {
    /// The header of the block at `height`, or `None` above the head.
    ///
    /// # Errors
    ///
    /// Damaged files; the same for every method below.
    pub fn header(&self, height: Height) -> Result<Option<Header>, StoreError> {
        if !self.holds(height) {
            return Ok(None);
        }
        self.check_kept(height)?;
        self.stored_header(height)?
            .map(Some)
            .ok_or_else(|| self.missing("header", height))
    }

    /// The block at `height`, or `None` above the head. Its transactions are compared with its
    /// header.
    pub fn block(&self, height: Height) -> Result<Option<Block>, StoreError> {
        let Some(bytes) = self.raw_block(height)? else {
            return Ok(None);
        };
        Block::from_bytes(&bytes)
            .map(Some)
            .map_err(|error| self.undecodable("block", height, &error))
    }

    /// The canonical bytes of the block at `height`, or `None` above the head.
    pub fn raw_block(&self, height: Height) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(header) = self.header(height)? else {
            return Ok(None);
        };
        let mut transactions = Vec::new();
        for chunk in self.chunks(height, Kind::Transactions)? {
            transactions.extend_from_slice(chunk.items());
        }
        let body = list_header(transactions.len());
        let payload = header
            .length()
            .saturating_add(body.length())
            .saturating_add(transactions.len());
        let mut out = Vec::with_capacity(payload.saturating_add(16));
        out.push(BLOCK_FORMAT);
        list_header(payload).encode(&mut out);
        header.encode(&mut out);
        body.encode(&mut out);
        out.extend_from_slice(&transactions);
        Ok(Some(out))
    }

    /// The height of the block with this hash.
    pub fn height_of(&self, hash: LedgerHash) -> Result<Option<Height>, StoreError> {
        let Some(value) = self.hashed(hash)? else {
            return Ok(None);
        };
        if value.len() != 8 {
            return Ok(None);
        }
        Ok(layout::read_height(&value).filter(|height| self.holds(*height)))
    }

    /// Height and index of the transaction with this hash.
    pub fn transaction_location(&self, hash: B256) -> Result<Option<(Height, u32)>, StoreError> {
        let Some(value) = self.hashed(hash)? else {
            return Ok(None);
        };
        if value.len() != 12 {
            return Ok(None);
        }
        Ok(layout::read_location(&value).filter(|(height, _)| self.holds(*height)))
    }

    /// The transaction at `index` of the block at `height`. Reads and decodes one chunk of the
    /// block at the most.
    pub fn transaction(
        &self,
        height: Height,
        index: u32,
    ) -> Result<Option<Transaction>, StoreError> {
        let Some(chunk) = self.chunk_with(height, Kind::Transactions, index)? else {
            return Ok(None);
        };
        let Some(item) = self.item(&chunk, height, index)? else {
            return Ok(None);
        };
        Transaction::decode(item)
            .map(Some)
            .map_err(|error| self.undecodable("transaction", height, &error))
    }

    /// The receipts of the block at `height`, or `None` above the head.
    pub fn receipts(&self, height: Height) -> Result<Option<Vec<Receipt>>, StoreError> {
        if !self.holds(height) {
            return Ok(None);
        }
        self.check_kept(height)?;
        let mut receipts = Vec::new();
        for chunk in self.chunks(height, Kind::Receipts)? {
            let mut rest = chunk.items();
            while !rest.is_empty() {
                let item = self.next_item(&mut rest, height)?;
                receipts.push(self.decode_receipt(item, height)?);
            }
        }
        Ok(Some(receipts))
    }

    /// The receipt at `index` of the block at `height`. Reads one chunk of the block at the most.
    pub fn receipt(
        &self,
        height: Height,
        index: u32,
    ) -> Result<Option<IndexedReceipt>, StoreError> {
        let Some(chunk) = self.chunk_with(height, Kind::Receipts, index)? else {
            return Ok(None);
        };
        self.receipt_in(&chunk, height, index)
    }

    /// The finalization certificate of the block at `height`, if it was stored.
    pub fn certificate(&self, height: Height) -> Result<Option<Bytes>, StoreError> {
        if !self.holds(height) {
            return Ok(None);
        }
        let value = self
            .0
            .blocks
            .engine
            .get(&self.0.blocks.chain, &layout::certificate_key(height))?;
        Ok(value.map(|bytes| Bytes::copy_from_slice(&bytes)))
    }

    /// The first height at or after `height`, at most `distance_max` after it, whose certificate is
    /// stored.
    pub fn next_certified(
        &self,
        height: Height,
        distance_max: u64,
    ) -> Result<Option<Height>, StoreError> {
        let Some(head) = self.current() else {
            return Ok(None);
        };
        let last = head
            .height
            .min(Height::new(height.get().saturating_add(distance_max)));
        if last < height {
            return Ok(None);
        }
        let from = layout::certificate_key(height);
        let to = layout::certificate_key(last);
        let found = self
            .0
            .blocks
            .engine
            .first(&self.0.blocks.chain, &from, &to)?;
        Ok(found.and_then(|(key, _)| layout::trailing_height(&key)))
    }

    /// The newest block whose certificate is stored.
    pub fn newest_certified(&self) -> Result<Option<Boundary>, StoreError> {
        let Some(head) = self.current() else {
            return Ok(None);
        };
        let blocks = &self.0.blocks;
        let from = layout::certificate_key(self.first());
        let to = layout::certificate_key(head.height);
        let found = blocks.engine.last(&blocks.chain, &from, &to)?;
        let Some((key, certificate)) = found else {
            return Ok(None);
        };
        let height = layout::trailing_height(&key).unwrap_or_default();
        Ok(self.header(height)?.map(|header| Boundary {
            header,
            certificate: Bytes::copy_from_slice(&certificate),
        }))
    }

    /// All blocks from `height` up to the head as it is when the iterator reaches it, for replay.
    pub fn blocks_from(&self, height: Height) -> Blocks {
        Blocks {
            store: self.clone(),
            next: Some(height),
        }
    }

    fn hashed(&self, hash: B256) -> Result<Option<fjall::Slice>, StoreError> {
        match self.0.recent.hash(hash) {
            Some(value) => Ok(Some(value)),
            None => {
                let tables = &self.index()?.tables;
                tables.engine.get(&tables.hashes, hash.as_slice())
            }
        }
    }

    pub(super) fn stored_header(&self, height: Height) -> Result<Option<Header>, StoreError> {
        let Some(bytes) = self
            .0
            .blocks
            .engine
            .get(&self.0.blocks.chain, &layout::header_key(height))?
        else {
            return Ok(None);
        };
        Header::from_bytes(&bytes)
            .map(Some)
            .map_err(|error| self.undecodable("header", height, &error))
    }

    /// The chunk that holds the item at `index`, if the block has so many.
    pub(super) fn chunk_with(
        &self,
        height: Height,
        kind: Kind,
        index: u32,
    ) -> Result<Option<Chunk>, StoreError> {
        if !self.holds(height) {
            return Ok(None);
        }
        self.check_kept(height)?;
        let from = layout::chunk_key(height, kind, 0);
        let to = layout::chunk_key(height, kind, index);
        let found = self
            .0
            .blocks
            .engine
            .last(&self.0.blocks.bodies, &from, &to)?;
        found
            .map(|pair| self.open_chunk(pair, kind, height))
            .transpose()
    }

    /// The receipt at `index`, from the chunk that holds it.
    pub(super) fn receipt_in(
        &self,
        chunk: &Chunk,
        height: Height,
        index: u32,
    ) -> Result<Option<IndexedReceipt>, StoreError> {
        let mut first_log = chunk.logs_before;
        let mut at = chunk.first;
        let mut rest = chunk.items();
        while !rest.is_empty() {
            let receipt = self.decode_receipt(self.next_item(&mut rest, height)?, height)?;
            if at == index {
                return Ok(Some(IndexedReceipt { receipt, first_log }));
            }
            let logs = u32::try_from(receipt.logs.len()).unwrap_or(u32::MAX);
            first_log = first_log.saturating_add(logs);
            at = at.saturating_add(1);
        }
        Ok(None)
    }

    fn chunks(&self, height: Height, kind: Kind) -> Result<Vec<Chunk>, StoreError> {
        let from = layout::chunk_key(height, kind, 0);
        let to = layout::chunk_key(height, kind, u32::MAX);
        let pairs = self.0.blocks.engine.guarded("read a block in", || {
            let range = self.0.blocks.bodies.range(from..=to);
            range
                .map(fjall::Guard::into_inner)
                .collect::<Result<Vec<_>, _>>()
        })?;
        let chunks = pairs
            .into_iter()
            .map(|pair| self.open_chunk(pair, kind, height));
        chunks.collect()
    }

    fn open_chunk(
        &self,
        (key, value): fjall::KvPair,
        kind: Kind,
        height: Height,
    ) -> Result<Chunk, StoreError> {
        let first = layout::chunk_first(&key).ok_or_else(|| self.missing("chunk's key", height))?;
        let (logs_before, skip) = match (kind, value.first_chunk::<4>()) {
            (Kind::Transactions | Kind::Presence, _) => (0, 0),
            (Kind::Receipts, Some(logs)) => (u32::from_be_bytes(*logs), logs.len()),
            (Kind::Receipts, None) => return Err(self.missing("count of logs", height)),
        };
        Ok(Chunk {
            first,
            logs_before,
            value,
            skip,
        })
    }

    fn item<'a>(
        &self,
        chunk: &'a Chunk,
        height: Height,
        index: u32,
    ) -> Result<Option<&'a [u8]>, StoreError> {
        let mut rest = chunk.items();
        let mut at = chunk.first;
        while !rest.is_empty() {
            let item = self.next_item(&mut rest, height)?;
            if at == index {
                return Ok(Some(item));
            }
            at = at.saturating_add(1);
        }
        Ok(None)
    }

    fn next_item<'a>(&self, rest: &mut &'a [u8], height: Height) -> Result<&'a [u8], StoreError> {
        alloy_rlp::Header::decode_bytes(rest, false)
            .map_err(|error| self.undecodable("body", height, &error))
    }

    fn decode_receipt(&self, item: &[u8], height: Height) -> Result<Receipt, StoreError> {
        Receipt::from_bytes(item).map_err(|error| self.undecodable("receipt", height, &error))
    }

    fn undecodable(&self, what: &str, height: Height, error: &dyn std::fmt::Display) -> StoreError {
        self.place().corrupt(format!(
            "a {what} of block {height} does not decode: {error}"
        ))
    }

    fn missing(&self, what: &str, height: Height) -> StoreError {
        self.place()
            .corrupt(format!("the {what} of block {height} is missing"))
    }
}

/// Consecutive items of a block's body.
pub(super) struct Chunk {
    /// Index of the first item.
    pub(super) first: u32,
    /// Logs in the block before the first item.
    pub(super) logs_before: u32,
    value: fjall::Slice,
    /// Where the items begin in the value.
    skip: usize,
}

impl Chunk {
    /// The items as RLP strings.
    fn items(&self) -> &[u8] {
        self.value.get(self.skip..).unwrap_or_default()
    }
}

/// Iterator over blocks, see [`Store::blocks_from`]. It ends after the head and after an error.
#[derive(Debug)]
pub struct Blocks {
    store: Store,
    next: Option<Height>,
}

impl Iterator for Blocks {
    type Item = Result<Block, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        let height = self.next.take()?;
        let block = self.store.block(height).transpose()?;
        if block.is_ok() {
            self.next = height.next();
        }
        Some(block)
    }
}

fn list_header(payload_length: usize) -> alloy_rlp::Header {
    alloy_rlp::Header {
        list: true,
        payload_length,
    }
}
