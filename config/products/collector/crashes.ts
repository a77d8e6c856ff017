import type { LogLevel } from "./loggers.ts";

/** How a runtime reports a crash or a stack trace. All lines of one report are one entry. */
export interface Crash {
  readonly name: string;
  readonly level: Extract<LogLevel, "error" | "critical">;
  /** Starts of the first line; a report has one of these as the level of an entry that starts with it. */
  readonly starts: readonly string[];
  /** Starts of later lines that are not indented. A line that neither starts like this nor is indented ends the report. */
  readonly continues: readonly string[];
  /** Complete reports, each of which must become one entry. */
  readonly samples: readonly string[];
}

/** A frame of a JavaScript or .NET stack trace, below the line that names the exception. */
const frame = String.raw`\n\s+at `;
const exception = String.raw`(?:[A-Za-z_][\w$]*\.)*[A-Z]\w*(?:Error|Exception)`;

export const crashes: readonly Crash[] = [
  {
    name: "Go",
    level: "critical",
    starts: ["panic: ", "fatal error: ", "SIG[A-Z]+: "],
    continues: [
      String.raw`goroutine (?:\d+|running)`,
      String.raw`\[signal SIG`,
      String.raw`created by \S+[^\n]*\n\t`,
      "runtime stack:",
      String.raw`exit status \d`,
      "PC=0x",
      // A function, if the line below it is a position.
      String.raw`[\w./*()%\[\]·{}-]+\([^\n]*\)\n\t[^\n]+\.(?:go|s|c):\d`,
      // Registers.
      String.raw`(?:[re]?[a-z]\w{0,2}|[er]?flags|fault|trap|error|oldmask) +0x`,
    ],
    samples: [
      "panic: runtime error: index out of range [5] with length 3\n\ngoroutine 1 [running]:\nmain.main()\n\t/app/main.go:7 +0x1d\nexit status 2",
      "panic: runtime error: invalid memory address or nil pointer dereference\n[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x48f0f5]\n\ngoroutine 7 [running]:\nmain.(*Server).handle(0x0, {0xc0000140a0, 0x5})\n\t/app/server.go:21 +0x25\ncreated by main.main in goroutine 1\n\t/app/main.go:12 +0x5c",
      "fatal error: all goroutines are asleep - deadlock!\n\ngoroutine 1 [chan receive]:\nmain.main()\n\t/app/main.go:9 +0x2d",
      "fatal error: concurrent map writes\n\ngoroutine 19 [running]:\ninternal/runtime/maps.fatal({0x4a1b2c?, 0x0?})\n\t/usr/local/go/src/runtime/panic.go:1053 +0x18\nmain.main.func1(...)\n\t/app/main.go:14\ncreated by main.main in goroutine 1\n\t/app/main.go:12 +0x85",
    ],
  },
  {
    name: "Java",
    level: "error",
    starts: ['Exception in thread "', String.raw`${exception}(?:: [^\n]*)?\n\s+(?:at |\.\.\. \d)`],
    continues: ["Caused by: ", "Suppressed: ", "Wrapped by: ", String.raw`\.\.\. \d+ `],
    samples: [
      'Exception in thread "main" java.lang.IllegalStateException: payment failed\n\tat com.example.App.main(App.java:5)\nCaused by: java.io.IOException: no route\n\tat com.example.Net.open(Net.java:9)\n\t... 1 more',
      "java.lang.RuntimeException: a\n\tat com.example.App.run(App.java:5)\n\tat java.base/java.lang.Thread.run(Thread.java:1583)\nCaused by: java.lang.IllegalArgumentException\n\t... 12 more\nCaused by: java.sql.SQLException: closed\n\tat com.example.Db.get(Db.java:3)\n\t... 13 common frames omitted",
      "org.springframework.beans.factory.BeanCreationException: Error creating bean 'x'; nested exception is a.B\n\tat a.B.c(Unknown Source) ~[a.jar!/:1.0]\n\tSuppressed: java.io.IOException: late\n\t\tat a.C.d(C.java:1)\nCaused by: a.B: no\n\tat a.B.<init>(B.java:1)\n\t... 40 more",
    ],
  },
  {
    name: "Python",
    level: "error",
    starts: [String.raw`Traceback \(most recent call last\):`, String.raw`  \+ Exception Group Traceback`],
    continues: [
      "During handling of the above exception",
      "The above exception was the direct cause",
      // The last line of a traceback names the exception, and no frame follows.
      String.raw`(?:[A-Za-z_]\w*\.)*[A-Z]\w+(?:Error|Exception|Warning|Exit|Interrupt|Iteration|Timeout|NotFound)(?:: [^\n]*)?(?:\n(?:\s*|\s+[^a\s][^\n]*|\s+a[^t\n][^\n]*))*$`,
    ],
    samples: [
      'Traceback (most recent call last):\n  File "/app/main.py", line 7, in <module>\n    pay()\n    ~~~^^\nValueError: x',
      "Traceback (most recent call last):\n  File \"/app/main.py\", line 9, in <module>\n    requests.get(url)\nrequests.exceptions.ConnectionError: HTTPConnectionPool(host='db', port=80): Max retries exceeded",
      'Traceback (most recent call last):\n  File "/app/main.py", line 3, in <module>\n    assert total\nAssertionError',
      'Traceback (most recent call last):\n  File "/app/main.py", line 5, in run\n    time.sleep(9)\nKeyboardInterrupt',
      'Traceback (most recent call last):\n  File "/app/main.py", line 3, in pay\n    db.get(7)\nKeyError: 7\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n  File "/app/main.py", line 9, in <module>\n    pay()\nRuntimeError: payment failed',
      'Traceback (most recent call last):\n  File "/app/db.py", line 3, in get\n    open()\nOSError: no route\n\nThe above exception was the direct cause of the following exception:\n\nTraceback (most recent call last):\n  File "/app/pay.py", line 5, in pay\n    get()\napp.errors.PaymentError: failed\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n  File "/app/main.py", line 9, in <module>\n    pay()\nSystemError: 1',
    ],
  },
  {
    name: ".NET",
    level: "critical",
    starts: ["Unhandled [eE]xception[.:] ", "Process terminated. ", "Stack overflow."],
    continues: ["--- End of ", "Aborted"],
    samples: [
      "Unhandled exception. System.InvalidOperationException: payment failed\n ---> System.IO.IOException: no route\n   at Api.Net.Open() in /src/Net.cs:line 9\n   --- End of inner exception stack trace ---\n   at Api.Program.Main() in /src/Program.cs:line 5",
      "Unhandled exception. System.NullReferenceException: Object reference not set to an instance of an object.\n   at Program.<Main>$(String[] args) in /src/Program.cs:line 3",
      "Unhandled Exception: System.DivideByZeroException: Attempted to divide by zero.\n   at Api.Program.Main()\n--- End of stack trace from previous location ---\n   at Api.Host.Run()",
    ],
  },
  {
    name: "Node.js",
    level: "error",
    starts: [
      String.raw`(?:Uncaught |\[)?(?:[A-Za-z_][\w$]*\.)*\w*(?:Error|Exception)\b[^\n]*${frame}`,
      "Uncaught ",
      String.raw`\[UnhandledPromiseRejection`,
    ],
    continues: [String.raw`Node\.js v\d`],
    samples: [
      "TypeError: Cannot read properties of undefined (reading 'id')\n    at pay (/app/pay.js:3:11)\n    at Object.<anonymous> (/app/index.js:7:1)\n    at node:internal/main/run_main_module:36:49",
      "/app/index.js:3\n    throw new TypeError('x');\n    ^\n\nTypeError: x\n    at Object.<anonymous> (/app/index.js:3:11)\n    at node:internal/main/run_main_module:36:49\n\nNode.js v24.11.0",
      "Error: connect ECONNREFUSED 127.0.0.1:5432\n    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1637:16) {\n  errno: -111,\n  code: 'ECONNREFUSED'\n}",
    ],
  },
  {
    name: "Swift",
    level: "critical",
    starts: [
      "Fatal error: ",
      String.raw`[\w./+-]+:\d+: Fatal error: `,
      String.raw`(?:💣 |\*\*\* )(?:Program crashed|Signal \d+)`,
      String.raw`\*\*\* Terminating app due to uncaught exception`,
    ],
    continues: [
      // After "Fatal error" if there is one; otherwise they start the report.
      String.raw`(?:💣 |\*\*\* )(?:Program crashed|Signal \d+)`,
      String.raw`Thread \d+ (?:"[^"\n]*" )?(?:crashed)?:`,
      "Current stack trace:",
      // A frame: number, library, address.
      String.raw`\d+ +(?:\[\w+\] +)?(?:\S+ +)?0x[0-9a-f]+ `,
      "Registers:",
      String.raw`Images \(`,
      "0x[0-9a-f]+–",
      "Backtrace took ",
      "Illegal instruction|Trace/breakpoint trap",
    ],
    samples: [
      "main.swift:3: Fatal error: Index out of range\nCurrent stack trace:\n0    libswiftCore.so                    0x00007f01 _swift_stdlib_reportFatalErrorInFile + 109\n1    app                                0x00005601 main + 49",
      'Swift/ContiguousArrayBuffer.swift:600: Fatal error: Index out of range\n\n*** Signal 4: Backtracing from 0x7f01...\n\n*** Program crashed: Illegal instruction at 0x00007f01 ***\n\nThread 0 "app" crashed:\n\n0 0x00007f01 _assertionFailure(_:_:file:line:flags:) in libswiftCore.so\n1 [ra] 0x00005601 main in app at /app/main.swift:3:7\n\nRegisters:\n\nrax 0x0000000000000000  0\n\nImages (2 omitted):\n\n0x0000–0x0001 7d app /app/app\n\nBacktrace took 0.02s',
      "Fatal error: Unexpectedly found nil while unwrapping an Optional value: file main.swift, line 9",
    ],
  },
  {
    name: "C and C++",
    level: "critical",
    starts: [
      "terminate called ",
      String.raw`libc\+\+abi: terminating`,
      String.raw`==\d+==ERROR: `,
      "WARNING: ThreadSanitizer: ",
      "Segmentation fault",
      String.raw`[\w./+-]+: [^\n]*: Assertion .* failed\.`,
      String.raw`\*\*\* (?:stack smashing|Error in|buffer overflow) `,
    ],
    continues: [
      String.raw`==\d+==[^E]`,
      String.raw`Aborted(?: \(core dumped\))?$`,
      "(?:READ|WRITE) of size ",
      "(?:Address )?0x[0-9a-f]+ is located ",
      "(?:freed|(?:previously )?allocated) by thread ",
      "(?:Direct|Indirect) leak of ",
      String.raw`Thread T\d+ `,
      String.raw`SUMMARY: \w+Sanitizer`,
      "HINT: ",
      "Shadow byte",
      "=>0x",
      "AddressSanitizer can not ",
    ],
    samples: [
      "terminate called after throwing an instance of 'std::runtime_error'\n  what():  payment failed\nAborted (core dumped)",
      "=================================================================\n==123==ERROR: AddressSanitizer: heap-use-after-free on address 0x602000000010 at pc 0x0001 bp 0x0002 sp 0x0003\nREAD of size 4 at 0x602000000010 thread T0\n    #0 0x0001 in main /app/a.cpp:5\n\n0x602000000010 is located 0 bytes inside of 4-byte region [0x602000000010,0x602000000014)\nfreed by thread T0 here:\n    #0 0x0004 in operator delete(void*)\n\npreviously allocated by thread T0 here:\n    #0 0x0005 in operator new(unsigned long)\n\nSUMMARY: AddressSanitizer: heap-use-after-free /app/a.cpp:5 in main\nShadow bytes around the buggy address:\n  0x0c047fff7fb0: fa fa\n=>0x0c047fff8000: fa fa[fd]fa\nShadow byte legend (one shadow byte represents 8 application bytes):\n  Addressable:           00\n==123==ABORTING",
      "==9==ERROR: LeakSanitizer: detected memory leaks\n\nDirect leak of 7 byte(s) in 1 object(s) allocated from:\n    #0 0x0001 in malloc\n    #1 0x0002 in main /app/leak.c:4\n\nSUMMARY: AddressSanitizer: 7 byte(s) leaked in 1 allocation(s).",
      "app: main.cpp:12: int main(): Assertion `total > 0' failed.\nAborted",
    ],
  },
  {
    name: "Rust, Ruby and PHP",
    level: "critical",
    starts: [
      String.raw`thread '[^'\n]*' (?:\(\d+\) )?panicked at `,
      String.raw`\S+:\d+:in [^\n]*: [^\n]*\([A-Z]\w*(?:::\w+)*\)`,
      "PHP (?:Fatal|Parse) error: ",
    ],
    continues: [
      "stack backtrace:",
      "note: (?:run with|Some details)",
      "Stack trace:",
      String.raw`#\d+ (?:\S+\(\d+\): |\{main\})`,
      // The message of a Rust panic is on the second line.
      String.raw`(?:called .(?:Option|Result)::|index out of bounds: |assertion .|attempt to \w+ with overflow|explicit panic)`,
    ],
    samples: [
      "thread 'main' panicked at src/main.rs:4:5:\nindex out of bounds: the len is 3 but the index is 5\nstack backtrace:\n   0: rust_begin_unwind\n   1: core::panicking::panic_fmt\nnote: run with `RUST_BACKTRACE=full` for a verbose backtrace.",
      "PHP Fatal error:  Uncaught Exception: payment failed in /app/pay.php:3\nStack trace:\n#0 /app/index.php(7): pay()\n#1 {main}\n  thrown in /app/pay.php on line 3",
      "app.rb:3:in 'pay': payment failed (RuntimeError)\n\tfrom app.rb:7:in '<main>'",
    ],
  },
];

/** What Python writes between the tracebacks of chained exceptions. */
export const chainLine =
  "^(?:During handling of the above exception, another exception occurred|The above exception was the direct cause of the following exception):$";

/** Lines without content: blank lines, and the rulers of AddressSanitizer and ThreadSanitizer. */
export const emptyLine = String.raw`^(?:\s*|={65}|={18})$`;

/**
 * What Node prints above an uncaught error: a position, the line of code and a caret below it. It is dropped, because the
 * collectors join lines only to the line above and would store it separately. The first frame names the same position.
 */
export const nodePosition = String.raw`^(?:file://)?/[^\s:]+:\d+\n[^\n]*\n\s*\^+\s*$`;

/** Pattern of a line that names an exception, without frames: the last one of a Python traceback. */
export const namedException = String.raw`(?:[A-Za-z_]\w*\.)*[A-Z]\w+(?:Error|Exception): `;

/** Pattern of the starts of all reports of a level. */
export function crashStarts(level: Crash["level"]): string {
  return crashes
    .filter((crash) => crash.level === level)
    .flatMap(({ starts }) => starts)
    .join("|");
}

/** Pattern of the starts of later lines of all reports. */
export const crashContinues = crashes.flatMap(({ continues }) => continues).join("|");
