//! The Solidity interface of Evidence.

alloy_sol_types::sol! {
    /// Deposits of digests: who presented what, and when.
    ///
    /// Deposits are numbered from 1. Times are milliseconds since 1970-01-01T00:00:00Z. Cursors
    /// begin at 0; the `next` of a page is the cursor of the next one, and 0 after the last. A
    /// `limit` of 0, or one above 256, means 256.
    #[sol(abi)]
    #[derive(Debug, PartialEq, Eq)]
    interface IEvidence {
        /// What a deposit is about. `Digest`: one document. `Batch`: the root of a tree over many
        /// documents. `Commitment`: something that only the holder of a key can show, until the key
        /// is destroyed.
        enum Content { None, Digest, Batch, Commitment }

        /// How documents were hashed: SHA-256 (FIPS 180-4) or SM3 (GB/T 32905). `None` for a
        /// commitment, which does not say.
        enum Algorithm { None, Sha256, Sm3 }

        /// What the check of a commitment says. `Erased`: its key is destroyed, so nothing can be
        /// said about the data.
        enum Opening { None, Valid, Mismatch, Erased }

        /// What a submitter says about a deposit.
        struct Details {
            /// What sort of thing it is, such as "contract" or "photo"; 1 to 64 bytes.
            string kind;
            /// The submitter's own name for it, such as a case number; at most 512 bytes. Never
            /// personal data: it stays for ever and everybody can read it.
            string ownReference;
            /// Whom it concerns; at most 16 accounts or organisations. They find it, and have not
            /// agreed to anything by that.
            address[] parties;
            /// The deposit that this is a new version of; 0 for none.
            uint64 previous;
        }

        /// Everything that is recorded about a deposit.
        struct Deposit {
            uint64 id;
            Content content;
            Algorithm algorithm;
            /// The digest, the root or the commitment.
            bytes32 digest;
            /// Documents in the tree; 1 for a digest, 0 for a commitment.
            uint64 count;
            /// Who deposited it, for which organisation (0 for none), and when.
            address submitter;
            uint64 organisation;
            uint64 time;
            uint64 height;
            string kind;
            string ownReference;
            address[] parties;
            /// The chain of versions: the one before, the one after (0 where there is none), the
            /// first of all, and which version this is, from 1.
            uint64 previous;
            uint64 next;
            uint64 origin;
            uint64 version;
            /// Whether it was withdrawn; by whom, when (block time) and why.
            bool withdrawn;
            address withdrawnBy;
            uint64 withdrawnTime;
            string reason;
            /// Whether the key of the commitment is declared to be destroyed, and when.
            bool erased;
            uint64 erasedTime;
        }

        /// Deposits the digest of one document: 32 bytes, not all zero. Returns the number of the
        /// deposit.
        function deposit(Algorithm algorithm, bytes calldata digest, Details calldata details)
            external returns (uint64 id);

        /// Deposits the root of a tree over `count` documents. The tree is that of RFC 6962 with
        /// SHA-256, whichever algorithm hashed the documents: a leaf is
        /// `sha256(0x00 || digest || name)`, where `name` is the document's name in UTF-8 and may
        /// be empty; a node is `sha256(0x01 || left || right)`; a list of n leaves splits at the
        /// largest power of two below n; the root is `sha256(0x02 || n as uint64 || tree)`. What
        /// the leaves are is the submitter's word; who shows a leaf and its path proves it.
        function depositBatch(
            Algorithm algorithm, bytes calldata root, uint64 count, Details calldata details
        ) external returns (uint64 id);

        /// Deposits a commitment: `hmac-sha256(key, salt || data)`, key and salt random words. Data
        /// is, for a document, `0x01 || algorithm as uint8 || digest`; for a tree,
        /// `0x02 || algorithm as uint8 || count as uint64 || root`.
        function depositCommitment(bytes calldata commitment, Details calldata details)
            external returns (uint64 id);

        /// Marks a deposit as withdrawn. It stays, with everything that it proves. Only for its
        /// owner: who acts for its organisation or, where it has none, its submitter.
        function withdraw(uint64 id, string calldata reason) external;

        /// Declares that key and salt of a commitment are destroyed. Only for its owner. It cannot
        /// be taken back.
        function erase(uint64 id) external;

        /// Number of deposits.
        function count() external view returns (uint64 deposits);

        /// A deposit.
        function deposited(uint64 id) external view returns (Deposit memory deposit);

        /// The first deposit of a digest, root or commitment by anybody; 0 where there is none.
        function first(bytes calldata digest) external view returns (uint64 id);

        /// All deposits of a digest, root or commitment, in their order.
        function byDigest(bytes calldata digest, uint256 cursor, uint256 limit)
            external view returns (uint64[] memory ids, uint256 next);

        /// The deposits that an account made, in their order.
        function bySubmitter(address submitter, uint256 cursor, uint256 limit)
            external view returns (uint64[] memory ids, uint256 next);

        /// The deposits that were made for an organisation, in their order.
        function byOrganisation(uint64 organisation, uint256 cursor, uint256 limit)
            external view returns (uint64[] memory ids, uint256 next);

        /// The deposits that name an account or organisation as party, in their order.
        function byParty(address party, uint256 cursor, uint256 limit)
            external view returns (uint64[] memory ids, uint256 next);

        /// All versions of what a deposit is a version of, from the first on. The cursor is the
        /// number of a deposit.
        function versions(uint64 id, uint256 cursor, uint256 limit)
            external view returns (uint64[] memory ids, uint256 next);

        /// Whether key, salt and data belong to a commitment. For `eth_call` only: a transaction
        /// would publish the key.
        function checkOpening(uint64 id, bytes32 key, bytes32 salt, bytes calldata data)
            external view returns (Opening opening);

        /// A deposit, with everything that the submitter said. `organisationName` is the name that
        /// the organisation had then.
        event Deposited(
            uint64 indexed id, bytes32 indexed digest, address indexed submitter,
            uint64 organisation, string organisationName, Content content, Algorithm algorithm,
            uint64 count, string kind, string ownReference, address[] parties, uint64 previous
        );
        /// A deposit was withdrawn.
        event Withdrawn(
            uint64 indexed id, bytes32 indexed digest, address indexed by,
            uint64 organisation, string reason
        );
        /// The key of a commitment is declared to be destroyed.
        event Erased(
            uint64 indexed id, bytes32 indexed commitment, address indexed by, uint64 organisation
        );

        /// A digest, root or commitment has exactly 32 bytes.
        error DigestLength(uint256 length);
        /// A word of zeros is no digest.
        error DigestZero();
        /// The algorithm is not named.
        error AlgorithmMissing();
        /// A tree has 1 to 4294967296 leaves.
        error LeafCount(uint64 count);
        /// The kind is empty.
        error KindMissing();
        /// The text has a control character.
        error ControlCharacter(string field);
        /// A party is the zero address, or named twice.
        error InvalidParty(address party);
        /// There is no deposit with this number.
        error UnknownDeposit(uint64 id);
        /// The caller is neither the submitter nor acts for the organisation.
        error NotOwner(uint64 id, address owner, address caller);
        /// The deposit has a newer version, which is the one to continue.
        error Superseded(uint64 id, uint64 next);
        /// The deposit was withdrawn before.
        error AlreadyWithdrawn(uint64 id);
        /// A withdrawal needs a reason.
        error ReasonMissing();
        /// Only a commitment can be erased or opened.
        error NotCommitment(uint64 id);
        /// The commitment was erased before.
        error AlreadyErased(uint64 id);
        /// The cursor is no version of the deposit.
        error InvalidCursor(uint256 cursor);
    }
}
