internal import Glibc

/// A detached POSIX thread: what blocks must not run on Swift's cooperative pool, which has as many threads
/// as cores.
enum Thread {
    static func start(named name: String, _ body: @escaping @Sendable () -> Void) {
        let start = Unmanaged.passRetained(ThreadStart(name: name, body: body)).toOpaque()
        let thread = UnsafeMutablePointer<pthread_t>.allocate(capacity: 1)
        defer { thread.deallocate() }
        let code = pthread_create(thread, nil, threadMain, start)
        precondition(code == 0, "no thread could be started")
        pthread_detach(thread.pointee)
    }
}

private final class ThreadStart: Sendable {
    let name: String
    let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) {
        self.name = name
        self.body = body
    }
}

/// A function, not a closure: a closure could inherit an actor from where it is written.
private func threadMain(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    let start = Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue()
    // Shown by `top -H`, 15 characters. Through /proc, because Swift imports neither of the two calls for it.
    if let file = fopen("/proc/thread-self/comm", "w") {
        fputs(String(start.name.prefix(15)), file)
        fclose(file)
    }
    start.body()
    return nil
}
