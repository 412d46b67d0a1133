import CSV
import Testing

@Suite struct CSVReaderTests {
    private func rows(_ text: String, pieces: Int = 1_000_000, delimiter: Unicode.Scalar = ",") throws -> [[String]] {
        let reader = CSVReader(delimiter: delimiter)
        let bytes = Array(text.utf8)
        var rows: [[String]] = []
        for start in stride(from: 0, to: bytes.count, by: pieces) {
            rows += try reader.read(bytes[start..<min(start + pieces, bytes.count)])
        }
        return try rows + reader.finish()
    }

    @Test(arguments: [1, 2, 3, 7, 1_000]) func quotesCommasAndLineEndsInFieldsAreKeptHoweverTheBytesCome(pieces: Int)
        throws
    {
        let text = "to,name\r\n+39340,\"Ada, \"\"the first\"\"\nLovelace\"\r\n\r\n+39341, Zoë ,\n"
        #expect(
            try rows(text, pieces: pieces) == [
                ["to", "name"], ["+39340", "Ada, \"the first\"\nLovelace"], ["+39341", "Zoë", ""],
            ])
    }

    @Test func theLastRowNeedsNoLineEnd() throws {
        #expect(try rows("a;b\nc;d", delimiter: ";") == [["a", "b"], ["c", "d"]])
        #expect(try rows("") == [])
    }

    @Test(arguments: [
        ("a,b\nc,\"d", CSVReader.Malformed.open(row: 2)), ("a\nb\"c\n", .quote(row: 2)),
        ("a\n\"b\" c,d\n", .quote(row: 2)),
    ])
    func whatIsNoCSVSaysInWhichRow(text: String, problem: CSVReader.Malformed) {
        #expect(throws: problem) { try rows(text) }
    }

    @Test func bytesThatAreNoTextAreRefused() {
        let reader = CSVReader()
        #expect(throws: CSVReader.Malformed.notUTF8(row: 1)) { try reader.read([0x61, 0xFF, 0x0A]) }
    }

    @Test func aFieldWithoutEndDoesNotEatTheMemory() {
        let reader = CSVReader()
        #expect(throws: CSVReader.Malformed.fieldTooLarge(row: 1)) {
            for _ in 0..<100 { _ = try reader.read([UInt8](repeating: 0x61, count: 10_000)) }
        }
    }
}
