/* service */ typedef int service_stub;
