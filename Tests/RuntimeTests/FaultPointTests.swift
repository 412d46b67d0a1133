import Testing

@testable import Runtime

@Suite struct FaultPointTests {
    @Test func aFaultIsAPointAndTheNumberOfAPassing() {
        let armed = ArmedFault("dispatcher.after-claim:3")
        #expect(armed?.point == .dispatcherAfterClaim)
        #expect(armed?.passing == 3)
    }

    @Test(arguments: ["", "dispatcher.after-claim", "dispatcher.after-claim:0", "nowhere:1", "dispatcher.after-claim:x"])
    func anythingElseArmsNothing(text: String) {
        #expect(ArmedFault(text) == nil)
    }

    @Test func everyPointIsNamedForItsExecutable() {
        #expect(FaultPoint.ingestBeforeCommit.executable == "ingest-api")
        #expect(Set(FaultPoint.allCases.map(\.executable)).count == 6)
    }
}
