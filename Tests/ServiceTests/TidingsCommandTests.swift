import HTTPClient
import JSON
import Testing

@testable import tidings

@Suite struct TidingsCommandTests {
    @Test func wordsAndOptionsAreToldApartWhereverTheyStand() throws {
        let arguments = try Arguments(["+39340", "--wait", "welcome", "--kind=reminder", "-n", "5", "--", "--name=x"])
        #expect(arguments.words == ["+39340", "welcome", "--name=x"])
        #expect(arguments.has("wait") && !arguments.has("json"))
        #expect(arguments.value("kind") == "reminder")
        #expect(try arguments.integer("n", default: 1, in: 1...9) == 5)
    }

    @Test(arguments: [["--nonsense"], ["--kind"], ["--wait=yes"]])
    func anOptionThatIsNoneIsRefused(words: [String]) {
        #expect(throws: Arguments.Wrong.self) { try Arguments(words) }
    }

    @Test func aNumberOutOfItsRangeIsRefused() throws {
        let arguments = try Arguments(["-n", "900"])
        #expect(throws: Arguments.Wrong.self) { try arguments.integer("n", default: 1, in: 1...200) }
    }

    @Test func aValueInAnAddressKeepsNothingThatCouldEndIt() {
        #expect("a b&c=d/é~".percentEncoded == "a%20b%26c%3Dd%2F%C3%A9~")
    }

    @Test func allProblemsOfARequestAreShownAndNotOnlyTheFirst() throws {
        let body = """
            {"title":"No","code":"to_invalid","detail":"First.","request_id":"r1",
             "errors":[{"field":"to","detail":"First."},{"field":"type","detail":"Second."}]}
            """
        let refusal = Refusal(422, try JSONDocument(parsing: Array(body.utf8)).root)
        #expect(refusal.title == "No (422 to_invalid)")
        #expect(refusal.lines == ["to: First.", "type: Second."])
        #expect(Refusal(502, nil).title == "HTTP 502")
    }

    @Test func everyCommandHasItsLineInTheHelp() async {
        #expect(Set(Program.commands.map(\.name)).count == Program.commands.count)
        #expect(await Program.run(["--help"]) == 0)
        #expect(await Program.run([]) == 2)
        #expect(await Program.run(["nonsense"]) == 2)
    }
}
