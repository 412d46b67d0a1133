import CSV
import Models
import Testing

@testable import Spreadsheet

@Suite struct TableTests {
    @Test(arguments: ["", "a", "a\"b", "\"", ",", "a\r\nb", "ü€😀", " spaced "])
    func whatIsWrittenIsRead(text: String) throws {
        var writer = CSVWriter()
        writer.write([text, "end"])
        let reader = CSVReader()
        #expect(try reader.read(writer.take()) + reader.finish() == [[text, "end"]])
    }

    @Test func cellsAreWrittenAsWhatTheyAre() throws {
        var table = CSVTable([Column("A"), Column("=B"), Column("C"), Column("D"), Column("E")])
        table.append([.text("-1"), .integer(-1), .decimal(0.5), .time(Timestamp(microseconds: 1_000_000)), .nothing])
        let bytes = table.take()
        #expect(Array(bytes.prefix(3)) == CSVWriter.byteOrderMark)
        let text = String(decoding: bytes.dropFirst(3), as: UTF8.self)
        #expect(text == "\"A\",\"'=B\",\"C\",\"D\",\"E\"\r\n\"'-1\",\"-1\",\"0.5\",\"1970-01-01 00:00:01\",\"\"\r\n")
        // The mark stands at the beginning of the file only.
        table.append([.nothing])
        #expect(table.take() == Array("\"\"\r\n".utf8))
    }

    @Test func daysAreCountedAsSheetsCountThem() {
        #expect(Workbook.serial(Timestamp(microseconds: 0)) == 25_569)
        #expect(Workbook.serial(Timestamp(microseconds: 86_400_000_000 + 43_200_000_000)) == 25_570.5)
    }

    @Test func aWorkbookIsReadInPiecesAndGoesWithItsOwner() async throws {
        let file = try WorkbookFile([Column("Text"), Column("Number"), Column("Time")], directory: "/tmp")
        try await file.append([[.text("=1+1 <&>"), .integer(7), .time(Timestamp(microseconds: 0))], [.nothing, .decimal(1.5)]])
        try await file.finish()
        var bytes: [UInt8] = []
        while true {
            let piece = try await file.read(max: 1_000)
            if piece.isEmpty { break }
            bytes += piece
        }
        #expect(Array(bytes.prefix(4)) == [0x50, 0x4B, 0x03, 0x04])
        #expect(bytes.count > 1_000)
    }

    @Test func aWorkbookThatCannotBeWrittenSaysSo() async throws {
        let file = try? WorkbookFile([Column("A")], directory: "/nowhere")
        guard let file else { return }
        await #expect(throws: SpreadsheetError.self) {
            try await file.append([[.text("x")]])
            try await file.finish()
        }
    }
}
