The code of an electronic permit, checked with the public key alone. What is good is tried by the unit tests; here is what
people type wrong.

  $ jifen keys signing signing.pem > public.pem
  $ jifen token verify public.pem
  jifen: JC0008 命令 token verify 后面缺少 KEY TOKEN
    用法：jifen token verify KEY TOKEN
  [2]
  $ jifen token verify nowhere.pem x
  jifen: JC0020 没有 nowhere.pem
  [4]
  $ echo nonsense > bad.pem
  $ jifen token verify bad.pem x
  jifen: JC0021 bad.pem 读不出来
    检查路径和读取权限。
  [4]
  $ jifen token verify public.pem abc.def
  不是居住证二维码
  [4]
  $ jifen token verify public.pem 'https://jifen.example/verify?token=eyJ2IjoxfQ.AAAA' --lang en
  this is no permit code
  [4]
