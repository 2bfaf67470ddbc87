/* engine */ typedef int engine_stub;
