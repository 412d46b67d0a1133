import Glibc
import Runtime

Log.bootstrap(service: "kill-matrix", level: .warning)
switch MatrixOptions.parse(CommandLine.arguments.dropFirst()) {
case .help:
    print(MatrixOptions.help)
case .wrong(let problem):
    print(problem)
    print(MatrixOptions.help)
    exit(2)
case .options(let options):
    say("    seed \(options.seed), \(options.rounds) rounds, \(options.rate) messages a second")
    do {
        var matrix = Matrix(options)
        exit(try await matrix.run() ? 0 : 1)
    } catch {
        print("the matrix could not be run: \(error)")
        print("0 passed, 1 failed")
        exit(1)
    }
}
