# Plain comments as Doxygen's: a line of its own documents what follows, one behind code what is before it.
# What Doxygen would take for a command or a tag is made plain text.
s/^( *)\/\/ ---.*$//
/\/\// {
  s/[\\@#%&]/\\&/g
  s/<([A-Za-z\/])/\\<\1/g
}
s/^( *)\/\/( |$)/\1\/\/\/\2/
s/([;,{}]) +\/\/ /\1 \/\/\/< /
s/^( *)(\\#.*)/\1\2/
# It finds no scope for a specialisation in a namespace that it does not read.
s/^struct fmt::formatter<hone::([A-Za-z]+)>/struct \1Formatter/
