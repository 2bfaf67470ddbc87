/* lang */ typedef int lang_stub;
