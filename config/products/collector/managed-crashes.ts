import type { Crash } from "./crash.ts";

/** A frame of a JavaScript or .NET stack trace, below the line that names the exception. */
const frame = String.raw`\n\s+at `;
const exception = String.raw`(?:[A-Za-z_][\w$]*\.)*[A-Z]\w*(?:Error|Exception)`;
/** Reports of Go and of runtimes with exceptions. */
export const managedCrashes: readonly Crash[] = [
  {
    name: "Go",
    level: "critical",
    starts: [
      "panic: ",
      "fatal error: ",
      "SIG[A-Z]+: ",
      "runtime: goroutine stack exceeds ",
      "WARNING: DATA RACE",
      String.raw`(?:\d{4}/\d\d/\d\d \d\d:\d\d:\d\d )?http: panic serving `,
    ],
    continues: [
      String.raw`goroutine (?:\d+|running)`,
      String.raw`\[signal SIG`,
      String.raw`created by \S+[^\n]*\n\t`,
      "runtime stack:",
      String.raw`exit status \d`,
      "PC=0x",
      "signal arrived during ",
      // A function, if the line below it is a position.
      String.raw`[\w./*()%\[\]·{}-]+(?:\([^\n]*\))?\n\t[^\n]+\.(?:go|s|c):\d`,
      // The race detector.
      "(?:Previous )?(?:[Aa]tomic )?(?:[Rr]ead|[Ww]rite) at 0x",
      String.raw`Goroutine \d+ \(\w+\) created at:`,
      // Registers.
      String.raw`(?:[re]?[a-z]\w{0,2}|[er]?flags|fault|trap|error|oldmask) +0x`,
    ],
    precedes: [String.raw`runtime: (?:goroutine stack exceeds \d+-byte limit|sp=0x[^\n]*)`],
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
    starts: [
      'Exception in thread "',
      String.raw`${exception}(?:: [^\n]*)?\n\s+(?:at |\.\.\. \d)`,
      // Any class, above a frame.
      String.raw`(?:[a-z_]\w*\.)+[A-Z][\w$]*(?:: [^\n]*)?\n\s+at [\w.$<>/@-]+\(`,
      String.raw`Exception: [\w.]+ thrown from the UncaughtExceptionHandler`,
      String.raw`(?:Terminating|Aborting) due to java\.lang\.OutOfMemoryError`,
    ],
    continues: ["Caused by: ", "Suppressed: ", "Wrapped by: ", String.raw`\.\.\. \d+ `],
    samples: [
      'Exception in thread "main" java.lang.IllegalStateException: payment failed\n\tat com.example.App.main(App.java:5)\nCaused by: java.io.IOException: no route\n\tat com.example.Net.open(Net.java:9)\n\t... 1 more',
      "java.lang.RuntimeException: a\n\tat com.example.App.run(App.java:5)\n\tat java.base/java.lang.Thread.run(Thread.java:1583)\nCaused by: java.lang.IllegalArgumentException\n\t... 12 more\nCaused by: java.sql.SQLException: closed\n\tat com.example.Db.get(Db.java:3)\n\t... 13 common frames omitted",
      "org.springframework.beans.factory.BeanCreationException: Error creating bean 'x'; nested exception is a.B\n\tat a.B.c(Unknown Source) ~[a.jar!/:1.0]\n\tSuppressed: java.io.IOException: late\n\t\tat a.C.d(C.java:1)\nCaused by: a.B: no\n\tat a.B.<init>(B.java:1)\n\t... 40 more",
    ],
  },
  {
    name: "Java virtual machine",
    level: "critical",
    starts: ["# A fatal error has been detected by the Java Runtime"],
    continues: [
      "# (?:JRE version|Java VM|Problematic frame|No core dump|Core dump|Failed to write core|An error report file):?",
      "# (?: SIG|[A-Za-z]  )",
      "# (?:If you would like|The crash happened|See problematic|  https?:)",
    ],
    samples: [
      "#\n# A fatal error has been detected by the Java Runtime Environment:\n#\n#  SIGSEGV (0xb) at pc=0x00007f01, pid=1, tid=7\n#\n# JRE version: OpenJDK Runtime Environment (21.0.1+12)\n# Problematic frame:\n# C  [libaudio.so+0x1]  render+0x1\n#",
    ],
  },
  {
    name: "Python",
    level: "error",
    starts: [
      String.raw`Traceback \(most recent call last\):`,
      String.raw`  \+ Exception Group Traceback`,
      "Exception (?:in thread|ignored) ",
      String.raw`Process \w+-\d[\d:]*:\n`,
      "(?:Task|Future) exception was never retrieved",
      String.raw`[\w.]*RemoteTraceback: ?\n`,
    ],
    continues: [
      "During handling of the above exception",
      "The above exception was the direct cause",
      String.raw`"""\n`,
    ],
    precedes: [
      // The last line of a traceback names the exception: "KeyError: 7", "Declined", "socket.gaierror: [Errno -2]".
      String.raw`Traceback \(most recent call last\):(?:\n\s[^\n]*)+`,
      "During handling of the above exception, another exception occurred:",
      "The above exception was the direct cause of the following exception:",
      String.raw`Exception in thread [^"\n][^\n]*:`,
      String.raw`Exception ignored [a-z][^\n]*`,
      String.raw`Process \w+-\d[\d:]*:`,
      "(?:Task|Future) exception was never retrieved",
      String.raw`(?:future|task): <[^\n]*>`,
      // A quoted traceback of another process.
      String.raw`[\w.]*RemoteTraceback: ?|"""`,
    ],
    samples: [
      'Traceback (most recent call last):\n  File "/app/main.py", line 7, in <module>\n    pay()\n    ~~~^^\nValueError: x',
      "Traceback (most recent call last):\n  File \"/app/main.py\", line 9, in <module>\n    requests.get(url)\nrequests.exceptions.ConnectionError: HTTPConnectionPool(host='db', port=80): Max retries exceeded",
      'Traceback (most recent call last):\n  File "/app/main.py", line 3, in <module>\n    raise Declined\nDeclined',
      'Exception in thread Thread-1 (run):\nTraceback (most recent call last):\n  File "/app/main.py", line 5, in run\n    connect()\nsocket.gaierror: [Errno -2] Name or service not known',
      'Traceback (most recent call last):\n  File "/app/main.py", line 3, in pay\n    db.get(7)\nKeyError: 7\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n  File "/app/main.py", line 9, in <module>\n    pay()\nRuntimeError: payment failed',
      'Traceback (most recent call last):\n  File "/app/db.py", line 3, in get\n    open()\nOSError: no route\n\nThe above exception was the direct cause of the following exception:\n\nTraceback (most recent call last):\n  File "/app/pay.py", line 5, in pay\n    get()\napp.errors.PaymentError: failed\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n  File "/app/main.py", line 9, in <module>\n    pay()\nSystemError: 1',
    ],
  },
  {
    name: "Python interpreter",
    level: "critical",
    starts: ["Fatal Python error: "],
    continues: [
      String.raw`(?:Current thread|Thread) 0x[0-9a-f]+ [^\n]*\(most recent call first\)`,
      "Extension modules: |Python runtime state: ",
    ],
    samples: [
      'Fatal Python error: Segmentation fault\n\nCurrent thread 0x00007f01 (most recent call first):\n  File "/app/a.py", line 3 in x\n\nExtension modules: numpy.core (total: 1)',
    ],
  },
  {
    name: ".NET and Dart",
    level: "critical",
    starts: [String.raw`Unhandled [eE]xception[.:]\s`, "Process terminated. ", "Stack overflow."],
    continues: [
      "--- End of ",
      "Aborted",
      String.raw`Repeat \d+ times:`,
      String.raw`-{32}\n\s+at `,
      "File name: '",
      String.raw`#\d+ +\S[^\n]* \(\S+:\d+:\d+\)$`,
    ],
    // Mono and Dart.
    precedes: ["Unhandled [eE]xception:"],
    samples: [
      "Unhandled exception. System.InvalidOperationException: payment failed\n ---> System.IO.IOException: no route\n   at Api.Net.Open() in /src/Net.cs:line 9\n   --- End of inner exception stack trace ---\n   at Api.Program.Main() in /src/Program.cs:line 5",
      "Unhandled exception. System.NullReferenceException: Object reference not set to an instance of an object.\n   at Program.<Main>$(String[] args) in /src/Program.cs:line 3",
      "Unhandled Exception: System.DivideByZeroException: Attempted to divide by zero.\n   at Api.Program.Main()\n--- End of stack trace from previous location ---\n   at Api.Host.Run()",
    ],
  },
  {
    name: ".NET, logged",
    level: "error",
    starts: [String.raw`${exception}(?: \(\d+\))?: [^\n]*\n\s+---> `],
    continues: [],
    samples: [
      "System.AggregateException: One or more errors occurred. (no route)\n ---> System.Net.Sockets.SocketException (111): Connection refused\n   at Api.Net.Open()\n   --- End of inner exception stack trace ---\n--- End of stack trace from previous location ---\n   at Api.Program.Main()",
    ],
  },
  {
    name: "Node.js",
    level: "error",
    starts: [
      String.raw`(?:Uncaught |\[)?(?:[A-Za-z_][\w$]*\.)*\w*(?:Error|Exception)\b[^\n]*${frame}`,
      "Uncaught ",
      String.raw`\[UnhandledPromiseRejection`,
      String.raw`AssertionError \[ERR_ASSERTION\]: `,
    ],
    continues: [String.raw`Node\.js v\d`, String.raw`\(Use .node --trace-`],
    // A line of code that is not indented.
    precedes: [
      String.raw`(?:file://)?/[^\s:]+\.[cm]?[jt]sx?:\d+`,
      String.raw`AssertionError \[ERR_ASSERTION\]: [^\n]*:`,
    ],
    samples: [
      "TypeError: Cannot read properties of undefined (reading 'id')\n    at pay (/app/pay.js:3:11)\n    at Object.<anonymous> (/app/index.js:7:1)\n    at node:internal/main/run_main_module:36:49",
      "/app/index.js:3\n    throw new TypeError('x');\n    ^\n\nTypeError: x\n    at Object.<anonymous> (/app/index.js:3:11)\n    at node:internal/main/run_main_module:36:49\n\nNode.js v24.11.0",
      "Error: connect ECONNREFUSED 127.0.0.1:5432\n    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1637:16) {\n  errno: -111,\n  code: 'ECONNREFUSED'\n}",
    ],
  },
  {
    name: "V8",
    level: "critical",
    starts: ["<--- Last few GCs --->", "FATAL ERROR: "],
    continues: ["----- Native stack trace -----"],
    precedes: ["<--- (?:Last few GCs|JS stacktrace) --->", String.raw`\[\d+:0x[0-9a-f]+\] +\d+ ms: [^\n]*`],
    samples: [
      "<--- Last few GCs --->\n\n[1:0x7f01]    54321 ms: Mark-Compact 2047.2 (2083.1) -> 2046.9 (2083.9) MB, 1000.0 / 0.0 ms\n\n<--- JS stacktrace --->\n\nFATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n----- Native stack trace -----\n\n 1: 0xb8 node::OOMErrorHandler [node]",
    ],
  },
];
