internal import Crdkafka
internal import Glibc

/// A thread of our own for calls that block, because the cooperative pool must never wait in librdkafka.
enum KafkaThread {
    /// - Parameter name: at most 15 bytes are kept by the kernel.
    static func start(named name: String, _ body: @escaping @Sendable () -> Void) throws(KafkaError) {
        let result = startThread(ThreadWork(name: name, body: body))
        if result != 0 { throw .cannotStart("no thread: error \(result)") }
    }
}

private final class ThreadWork: Sendable {
    let name: String
    let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) {
        self.name = name
        self.body = body
    }
}

private func startThread(_ work: ThreadWork) -> Int32 {
    // Released by the thread, or here when there is none.
    let reference = Unmanaged.passRetained(work)
    var thread = pthread_t()
    let result = pthread_create(&thread, nil, runThread, reference.toOpaque())
    if result == 0 { pthread_detach(thread) } else { reference.release() }
    return result
}

private func runThread(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    let work = Unmanaged<ThreadWork>.fromOpaque(context).takeRetainedValue()
    rdkafka_name_thread(String(work.name.prefix(15)))
    work.body()
    return nil
}
