//! The runtime as one machine sees it: the deterministic runtime, with its tasks on the machine and
//! its files on the machine's disk.

use crate::{
    disk::Stored,
    machine::{Machine, OnMachine, Operation},
};
use commonware_runtime::{
    Blob, BlobVersion, Clock, Error, Handle, IoBufs, IoBufsMut, Metrics, Name, ReadOptions,
    Spawner, Storage, Supervisor, WriteOptions, deterministic,
    signal::Signal,
    telemetry::metrics::{Metric, Registered},
};
use rand_core::{TryCryptoRng, TryRng};
use std::{
    convert::Infallible,
    fmt::Display,
    future::Future,
    ops::RangeInclusive,
    sync::Arc,
    time::{Duration, SystemTime},
};

/// The runtime on one machine.
pub(crate) struct MachineContext {
    inner: deterministic::Context,
    machine: Arc<Machine>,
}

impl MachineContext {
    pub(crate) const fn new(inner: deterministic::Context, machine: Arc<Machine>) -> Self {
        Self { inner, machine }
    }
}

impl Supervisor for MachineContext {
    fn name(&self) -> Name {
        self.inner.name()
    }

    fn child(&self, label: &'static str) -> Self {
        Self::new(self.inner.child(label), self.machine.clone())
    }

    fn with_attribute(self, key: &'static str, value: impl Display) -> Self {
        Self::new(self.inner.with_attribute(key, value), self.machine)
    }
}

impl Spawner for MachineContext {
    fn shared(self, blocking: bool) -> Self {
        Self::new(self.inner.shared(blocking), self.machine)
    }

    fn dedicated(self) -> Self {
        Self::new(self.inner.dedicated(), self.machine)
    }

    fn spawn<F, Fut, T>(self, f: F) -> Handle<T>
    where
        F: FnOnce(Self) -> Fut + Send + 'static,
        Fut: Future<Output = T> + Send + 'static,
        T: Send + 'static,
    {
        let machine = self.machine;
        self.inner.spawn(move |inner| {
            let future = f(Self::new(inner, machine.clone()));
            OnMachine::new(machine, future)
        })
    }

    async fn stop(self, value: i32, timeout: Option<Duration>) -> Result<(), Error> {
        self.inner.stop(value, timeout).await
    }

    fn stopped(&self) -> Signal {
        self.inner.stopped()
    }
}

impl Metrics for MachineContext {
    fn register<N: Into<String>, H: Into<String>, M: Metric>(
        &self,
        name: N,
        help: H,
        metric: M,
    ) -> Registered<M> {
        self.inner.register(name, help, metric)
    }

    fn encode(&self) -> String {
        self.inner.encode()
    }
}

impl governor::clock::Clock for MachineContext {
    type Instant = SystemTime;

    fn now(&self) -> SystemTime {
        self.current()
    }
}

impl governor::clock::ReasonablyRealtime for MachineContext {}

impl Clock for MachineContext {
    fn current(&self) -> SystemTime {
        self.machine.skew.shown(self.inner.current())
    }

    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send + 'static + use<> {
        self.inner.sleep(duration)
    }

    fn sleep_until(
        &self,
        deadline: SystemTime,
    ) -> impl Future<Output = ()> + Send + 'static + use<> {
        self.inner.sleep_until(self.machine.skew.meant(deadline))
    }
}

impl TryRng for MachineContext {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.inner.try_next_u32()
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.inner.try_next_u64()
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.inner.try_fill_bytes(bytes)
    }
}

impl TryCryptoRng for MachineContext {}

impl Storage for MachineContext {
    type Blob = File;

    async fn open_versioned(
        &self,
        partition: &str,
        name: &[u8],
        versions: RangeInclusive<BlobVersion>,
    ) -> Result<(File, u64, BlobVersion), Error> {
        self.machine.operate(Operation::Open).await?;
        let (stored, handle, bytes, version) = self.machine.disk.open(partition, name, versions)?;
        let file = File {
            stored,
            _handle: handle,
            machine: self.machine.clone(),
        };
        Ok((file, bytes, version))
    }

    async fn remove(&self, partition: &str, name: Option<&[u8]>) -> Result<(), Error> {
        self.machine.operate(Operation::Sync).await?;
        self.machine.disk.remove(partition, name)
    }

    async fn scan(&self, partition: &str) -> Result<Vec<Vec<u8>>, Error> {
        self.machine.operate(Operation::Read).await?;
        self.machine.disk.scan(partition)
    }
}

/// A file on a machine's disk.
pub(crate) struct File {
    stored: Arc<Stored>,
    _handle: Arc<()>,
    machine: Arc<Machine>,
}

impl Blob for File {
    async fn read_at_buf(
        &self,
        offset: u64,
        len: usize,
        _: impl Into<IoBufsMut> + Send,
        options: ReadOptions,
    ) -> Result<IoBufsMut, Error> {
        self.read_at(offset, len, options).await
    }

    async fn read_at(&self, offset: u64, len: usize, _: ReadOptions) -> Result<IoBufsMut, Error> {
        self.machine.operate(Operation::Read).await?;
        Ok(IoBufsMut::from(self.stored.read(offset, len)?))
    }

    async fn write_at(
        &self,
        offset: u64,
        bufs: impl Into<IoBufs> + Send,
        options: WriteOptions,
    ) -> Result<(), Error> {
        let bytes = bufs.into().coalesce();
        self.machine.operate(Operation::Write).await?;
        let through = options.contains(WriteOptions::SYNC);
        self.stored.write(offset, bytes.as_ref(), through)
    }

    async fn resize(&self, len: u64) -> Result<(), Error> {
        self.machine.operate(Operation::Write).await?;
        self.stored.resize(len)
    }

    async fn sync(&self) -> Result<(), Error> {
        self.machine.operate(Operation::Sync).await?;
        self.machine.disk.sync(&self.stored);
        Ok(())
    }

    async fn start_sync(&self) -> Handle<()> {
        let (machine, stored) = (self.machine.clone(), self.stored.clone());
        Handle::from_future(async move {
            machine.operate(Operation::Sync).await?;
            machine.disk.sync(&stored);
            Ok(())
        })
    }
}
