import Models
import Runtime
import Synchronization
import Testing

@Suite struct ReadingSettings {
    @Test func everyProblemIsNamedAtOnceAndNoValueIsTold() {
        let reader = SettingsReader(environment: [
            "PORT": "hunter2", "WAIT": "12 parsecs", "POOL": "9000", "DEBUG": "perhaps",
            "HOOK": "ftp://hunter2",
            "LISTEN": "hunter2", "COLOR": "hunter2", "EMPTY": "  ",
        ])
        _ = reader.integer("PORT", default: 80, in: 0...65_535)
        _ = reader.duration("WAIT", default: .seconds(1), in: .seconds(1) ... .seconds(5))
        _ = reader.integer("POOL", default: 4, in: 1...64)
        _ = reader.boolean("DEBUG", default: false)
        _ = reader.url("HOOK")
        _ = reader.address("LISTEN")
        _ = reader.text("MISSING")
        _ = reader.text("EMPTY")
        _ = reader.secret("TOKEN")
        _ = reader.choice("COLOR", placeholder: Color.red)
        do {
            try reader.finish()
            Issue.record("no problem was found")
        } catch {
            #expect(
                error.problems == [
                    "PORT must be a whole number", "WAIT must be a span such as 250ms, 5s, 3m or 1h",
                    "POOL must lie between 1 and 64", "DEBUG must be true or false",
                    "HOOK must be a URL beginning with http:// or https://", "LISTEN must be host:port",
                    "MISSING is missing", "EMPTY is missing", "TOKEN is missing",
                    "COLOR must be one of red, green",
                ]
            )
            #expect(!"\(error)".contains("hunter2") && !"\(error)".contains("9000"))
        }
    }

    enum Color: String, CaseIterable { case red, green }

    @Test func whatIsThereIsRead() throws {
        let reader = SettingsReader(environment: [
            "NAME": " tidings ", "PORT": "8080", "WAIT": "250ms", "DEBUG": "yes", "HOOK": "https://x.test/a/",
            "LISTEN": "[::1]:80", "LIST": "a, b,,c ", "TOKEN": "s", "COLOR": "green",
        ])
        #expect(reader.text("NAME") == "tidings")
        #expect(reader.integer("PORT", in: 0...65_535) == 8080)
        #expect(reader.duration("WAIT", in: .zero ... .seconds(1)) == .milliseconds(250))
        #expect(reader.boolean("DEBUG"))
        #expect(reader.url("HOOK") == "https://x.test/a")
        #expect(reader.address("LISTEN") == ("::1", 80))
        #expect(reader.list("LIST") == ["a", "b", "c"])
        #expect(reader.secret("TOKEN").reveal() == "s")
        #expect(reader.choice("COLOR", placeholder: Color.red) == .green)
        #expect(reader.text("ABSENT", default: "d") == "d")
        #expect(reader.optionalText("ABSENT") == nil)
        #expect(reader.optionalURL("ABSENT") == nil)
        #expect(reader.address("ABSENT", default: "127.0.0.1:0") == ("127.0.0.1", 0))
        try reader.finish()
    }

    @Test func theDocumentedFileGivesTheDefaults() throws {
        let documented = SettingsReader.entries(ofFile: "# the port\nPORT=1\n\nHOST = x \n")
        #expect(documented == ["PORT": "1", "HOST": "x"])
        let reader = SettingsReader(environment: ["PORT": "2"], documented: documented)
        #expect(reader.integer("PORT", in: 0...9) == 2)
        #expect(reader.text("HOST") == "x")
        try reader.finish()
    }

    @Test(
        arguments: [
            ("250ms", .milliseconds(250)), ("5s", .seconds(5)), ("3m", .seconds(180)),
            ("1h", .seconds(3_600)),
            ("7d", .seconds(604_800)), ("0s", .zero),
        ] as [(String, Duration)]
    )
    func spansAreReadAndWritten(text: String, span: Duration) {
        #expect(Duration(settingText: text) == span)
        #expect(span.settingText == text)
    }

    @Test(arguments: [
        "", "5", "s", "-5s", "5 s", "1.5s", "5S", "5sec", "99999999999999999999s", "9999999d", "٥s",
    ])
    func whatIsNoSpanIsRefused(text: String) {
        #expect(Duration(settingText: text) == nil)
    }

    @Test func aSecretPrintsAsDots() {
        let secret = Secret("hunter2")
        var dumped = "\(secret) \(String(reflecting: secret)) \(["k": secret])"
        dump(secret, to: &dumped)
        #expect(!dumped.contains("hunter2"))
        #expect(secret.reveal() == "hunter2")
    }
}

@Suite struct MakingIDs {
    @Test func idsOnlyEverGrow() {
        let source = IDSource()
        var last = source.uuid()
        for _ in 0..<20_000 {
            let next = source.uuid()
            #expect(last < next)
            last = next
        }
    }

    @Test func aClockThatStepsBackDoesNotStepTheIDsBack() {
        let source = IDSource()
        let late = source.uuid(at: Timestamp(microseconds: 2_000_000_000_000_000))
        let early = source.uuid(at: Timestamp(microseconds: 1_000_000_000_000_000))
        #expect(late < early)
    }

    @Test func moreIDsThanAMillisecondHoldsStillGrow() {
        let source = IDSource()
        let instant = Timestamp(microseconds: 1_700_000_000_000_000)
        let ids = (0..<10_000).map { _ in source.uuid(at: instant) }
        #expect(zip(ids, ids.dropFirst()).allSatisfy { $0 < $1 })
        #expect(ids.allSatisfy { ($0.high >> 12) & 15 == 7 && $0.low >> 62 == 2 })
    }

    @Test func manyThreadsNeverGetTheSameID() async {
        let source = IDSource()
        let ids = await withTaskGroup(of: [UUIDValue].self) { group in
            for _ in 0..<8 { group.addTask { (0..<5_000).map { _ in source.uuid() } } }
            return await group.reduce(into: Set()) { $0.formUnion($1) }
        }
        #expect(ids.count == 40_000)
    }

    @Test func anIDTellsWhenItWasMade() {
        let before = SystemClock.now()
        let made = IDSource().uuid().instant
        #expect(made.microseconds / 1_000 >= before.microseconds / 1_000)
        #expect(made <= SystemClock.now())
    }
}

@Suite struct ThreadsOfOurOwn {
    @Test func theBodyRunsOnAThreadWithTheName() async {
        let name = Mutex<String?>(nil)
        let thread = WorkerThread(name: "a-name-that-is-long") {
            name.withLock { $0 = SmallFile.text(at: "/proc/thread-self/comm") }
        }
        await thread.ended()
        thread.join()
        thread.join()
        #expect(name.withLock { $0 } == "a-name-that-is-\n")
    }

    @Test func severalMayWaitForTheEnd() async {
        let gate = DispatchGate()
        let thread = WorkerThread(name: "waited") { gate.wait() }
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<5 { group.addTask { await thread.ended() } }
            group.addTask { gate.open() }
        }
    }
}

/// Blocks a thread until it is opened.
private final class DispatchGate: Sendable {
    private let isOpen = Atomic(false)

    func open() { isOpen.store(true, ordering: .releasing) }

    func wait() { while !isOpen.load(ordering: .acquiring) {} }
}
