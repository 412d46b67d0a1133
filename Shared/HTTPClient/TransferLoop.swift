internal import Ccurl
internal import Glibc
internal import Synchronization

/// The client's thread: takes jobs from the inbox, drives libcurl with `curl_multi_socket_action` and an
/// epoll of its own, and hands results back. `HTTPClient` is what callers see.
// Safety: everything that changes is behind a lock or atomic; the engine lives on the thread only.
final class TransferLoop: @unchecked Sendable {
    private struct Inbox {
        enum Phase { case new, running, stopping, stopped }
        var phase = Phase.new
        var begun: [Job] = []
        var cancelled: [Job] = []
        var waitingForStop: [CheckedContinuation<Void, Never>] = []
    }

    let settings: HTTPClientSettings
    let connectionsOpened = Atomic<Int>(0)
    let requestsBegun = Atomic<Int>(0)
    let requestsWaiting = Atomic<Int>(0)
    let repeatsPrevented = Atomic<Int>(0)
    private let inbox = Mutex(Inbox())
    /// True only while the thread is about to wait, so that a busy loop costs its callers no system call.
    private let sleeping = Atomic<Bool>(false)
    private let wakeUp: Int32
    private let purpose: Purpose
    /// Open connections to mail servers, to be shut down from outside.
    private let mailSockets = Mutex<Set<Int32>>([])

    enum Purpose: String {
        case requests = "http-client"
        /// libcurl waits inside its own code for a mail server's last replies: this thread cannot be asked to
        /// stop, only its connections can be shut down.
        case mails = "mail-client"
    }

    init(_ settings: HTTPClientSettings, for purpose: Purpose) {
        self.purpose = purpose
        self.settings = settings
        wakeUp = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
    }

    deinit {
        if wakeUp >= 0 { close(wakeUp) }
    }

    var statistics: HTTPClientStatistics {
        var statistics = HTTPClientStatistics()
        statistics.connectionsOpened = connectionsOpened.load(ordering: .relaxed)
        statistics.requestsBegun = requestsBegun.load(ordering: .relaxed)
        statistics.requestsWaiting = requestsWaiting.load(ordering: .relaxed)
        statistics.repeatsPrevented = repeatsPrevented.load(ordering: .relaxed)
        return statistics
    }

    // MARK: Called from anywhere

    func start() throws(ClientFailure) {
        guard CurlLibrary.isReady, wakeUp >= 0 else {
            throw ClientFailure(kind: .protocol, written: .nothing, text: "the HTTP library could not start")
        }
        let mayStart = inbox.withLock { inbox in
            guard inbox.phase == .new else { return false }
            inbox.phase = .running
            return true
        }
        guard mayStart else { return }
        guard Thread.start(named: purpose.rawValue, { [self] in runUntilStopped() }) else {
            inbox.withLock { $0.phase = .stopped }
            throw ClientFailure(kind: .protocol, written: .nothing, text: "the HTTP thread could not start")
        }
    }

    func run(_ work: Job.Work) async -> Job.Outcome {
        let job = Job(work)
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                job.continuation = continuation
                submit(job)
            }
        } onCancel: {
            job.isCancelled.store(true, ordering: .sequentiallyConsistent)
            inbox.withLock { $0.cancelled.append(job) }
            wake()
        }
    }

    private func submit(_ job: Job) {
        guard requestsWaiting.add(1, ordering: .relaxed).newValue <= settings.requestsMax else {
            requestsWaiting.subtract(1, ordering: .relaxed)
            return job.fail(.overloaded, written: .nothing, "too many requests are waiting")
        }
        let isTaken = inbox.withLock { inbox in
            switch inbox.phase {
            case .new, .running:
                inbox.begun.append(job)
                return true
            case .stopping, .stopped:
                return false
            }
        }
        guard isTaken else {
            requestsWaiting.subtract(1, ordering: .relaxed)
            return job.fail(.stopped, written: .nothing, "the client is stopped")
        }
        wake()
    }

    func beginStopping() {
        let orphans = inbox.withLock { inbox -> [Job] in
            switch inbox.phase {
            case .new:
                inbox.phase = .stopped
                defer { inbox.begun = [] }
                return inbox.begun
            case .running:
                inbox.phase = .stopping
                return []
            case .stopping, .stopped:
                return []
            }
        }
        for job in orphans {
            finish(job, failure: .stopped)
        }
        mailSockets.withLock { sockets in
            for socket in sockets { shutdown(socket, Int32(SHUT_RDWR)) }
        }
        wake()
    }

    func stop() async {
        beginStopping()
        await withCheckedContinuation { continuation in
            let isOver = inbox.withLock { inbox in
                guard inbox.phase != .stopped else { return true }
                inbox.waitingForStop.append(continuation)
                return false
            }
            if isOver { continuation.resume() }
        }
    }

    private func wake() {
        guard sleeping.exchange(false, ordering: .sequentiallyConsistent) else { return }
        var one: UInt64 = 1
        _ = write(wakeUp, &one, 8)
    }

    // MARK: On the thread

    private func runUntilStopped() {
        let engine = TransferEngine(self, wakeUp: wakeUp)
        while takeInbox(into: engine) {
            engine.runDueTimer()
            engine.endOverdueWaiters()
            engine.collectFinished()
            sleeping.store(true, ordering: .sequentiallyConsistent)
            let isIdle = inbox.withLock { $0.begun.isEmpty && $0.cancelled.isEmpty && $0.phase == .running }
            engine.wait(mayBlock: isIdle)
            sleeping.store(false, ordering: .sequentiallyConsistent)
            engine.handleEvents()
        }
        engine.endAll(with: .stopped)
        engine.close()
        let (late, waiters) = inbox.withLock { inbox in
            inbox.phase = .stopped
            defer { (inbox.begun, inbox.cancelled, inbox.waitingForStop) = ([], [], []) }
            return (inbox.begun, inbox.waitingForStop)
        }
        for job in late {
            finish(job, failure: .stopped)
        }
        for waiter in waiters {
            waiter.resume()
        }
    }

    func connectionOpened(_ socket: Int32) {
        connectionsOpened.add(1, ordering: .relaxed)
        guard purpose == .mails else { return }
        mailSockets.withLock { _ = $0.insert(socket) }
    }

    /// Before the socket is closed: its number may at once belong to somebody else.
    func connectionWillClose(_ socket: Int32) {
        guard purpose == .mails else { return }
        mailSockets.withLock { _ = $0.remove(socket) }
    }

    private func takeInbox(into engine: TransferEngine) -> Bool {
        let (begun, cancelled, isRunning) = inbox.withLock { inbox in
            defer {
                inbox.begun.removeAll(keepingCapacity: false)
                inbox.cancelled.removeAll(keepingCapacity: false)
            }
            return (inbox.begun, inbox.cancelled, inbox.phase == .running)
        }
        for job in begun {
            if isRunning { engine.begin(job) } else { finish(job, failure: .stopped) }
        }
        for job in cancelled {
            engine.cancel(job)
        }
        return isRunning
    }

    private func finish(_ job: Job, failure kind: ClientFailure.Kind) {
        requestsWaiting.subtract(1, ordering: .relaxed)
        job.fail(kind, written: .nothing, "ended before it began")
    }
}

/// libcurl's process-wide state, made once.
enum CurlLibrary {
    static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK
}

/// A thread that nobody joins: who needs its end waits for what it does last.
enum Thread {
    private final class Body {
        let name: String
        let run: @Sendable () -> Void
        init(_ name: String, _ run: @escaping @Sendable () -> Void) {
            self.name = name
            self.run = run
        }
    }

    static func start(named name: String, _ run: @escaping @Sendable () -> Void) -> Bool {
        let body = Unmanaged.passRetained(Body(name, run))
        var thread = pthread_t()
        let code = pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument else { return nil }
                let body = Unmanaged<Body>.fromOpaque(argument).takeRetainedValue()
                pthread_setname_np(pthread_self(), body.name)
                // Not every TLS version that libcurl may be built with asks the kernel to leave this signal
                // out.
                var brokenPipe = sigset_t()
                sigemptyset(&brokenPipe)
                sigaddset(&brokenPipe, SIGPIPE)
                pthread_sigmask(SIG_BLOCK, &brokenPipe, nil)
                body.run()
                return nil
            },
            body.toOpaque()
        )
        guard code == 0 else {
            body.release()
            return false
        }
        pthread_detach(thread)
        return true
    }
}
