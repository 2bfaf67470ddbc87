/* base */ typedef int base_stub;
